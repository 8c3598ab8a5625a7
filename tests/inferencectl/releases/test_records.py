"""The releases of a model in the cluster: written as they happen, and kept."""

import pytest
from kubernetes.client import ApiClient

from inferencectl.releases.records import KEPT, ReleaseRecords
from inferencectl.releases.release import Result
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Model, Platform, load
from tests.inferencectl.faulty_proxy import FaultyProxy, client_of, reset_before
from tests.inferencectl.releases.test_release import ONE, TWO, served
from tests.inferencectl.rest import Rest, config_maps
from tests.settings.settings_stack import edited


def platform(namespace: str, *models: Model) -> Platform:
    return load("dev", edited({})).model_copy(update={"namespace": namespace, "models": models})


@pytest.fixture
def records(api_client: ApiClient, namespace: str) -> ReleaseRecords:
    return ReleaseRecords(api_client, namespace)


def test_a_release_is_recorded_once_with_who_made_it(records: ReleaseRecords, namespace: str) -> None:
    for wanted in (ONE, ONE, TWO):
        with records.recorded(platform(namespace, wanted), "c0ffee"):
            pass
    first, second = records.of(ONE.name)
    assert (first.number, first.result, first.is_of(ONE)) == (1, Result.SUCCEEDED, True)
    assert (second.number, second.result, second.is_of(TWO)) == (2, Result.SUCCEEDED, True)
    assert (first.by, first.revision) == ("sandbox-admin", "c0ffee")


def test_a_release_that_has_begun_is_unfinished(records: ReleaseRecords, namespace: str) -> None:
    with records.recorded(platform(namespace, ONE), ""):
        (begun,) = records.of(ONE.name)
        assert begun.result is Result.UNFINISHED
    (ended,) = records.of(ONE.name)
    assert ended.result is Result.SUCCEEDED


def test_a_failure_is_recorded_and_its_repetition_too(records: ReleaseRecords, namespace: str) -> None:
    for _ in range(2):
        with pytest.raises(SandboxError), records.recorded(platform(namespace, ONE), ""):
            raise SandboxError("not ready", "")
    with records.recorded(platform(namespace, ONE), ""):
        pass
    assert [each.result for each in records.of(ONE.name)] == [Result.FAILED, Result.FAILED, Result.SUCCEEDED]


def test_a_refusal_is_no_release(records: ReleaseRecords, namespace: str) -> None:
    with records.recorded(platform(namespace, ONE), ""):
        pass
    with pytest.raises(SandboxError), records.recorded(platform(namespace, TWO), ""):
        raise SandboxError("refused", "", exit_code=BAD_INPUT)
    assert [each.is_of(ONE) for each in records.of(ONE.name)] == [True]


def test_a_namespace_that_the_deployment_makes_has_the_record_afterwards(
    api_client: ApiClient, rest: Rest, namespace: str
) -> None:
    later = f"{namespace}-later"
    records = ReleaseRecords(api_client, later)
    with records.recorded(platform(later, ONE), ""):
        rest.post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": later}})
    assert [each.result for each in records.of(ONE.name)] == [Result.SUCCEEDED]
    rest.delete(f"/api/v1/namespaces/{later}")


def test_the_newest_are_kept(records: ReleaseRecords, namespace: str) -> None:
    for percent in range(1, KEPT + 3):
        with records.recorded(platform(namespace, served((1, percent), (2, 100 - percent))), ""):
            pass
    kept = [each.number for each in records.of(ONE.name)]
    assert kept == [*range(3, KEPT + 3)]
    assert len(kept) >= 20


def test_a_record_that_was_changed_by_hand_is_named(records: ReleaseRecords, rest: Rest, namespace: str) -> None:
    name = f"{ONE.name}-releases"
    broken = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"releases.json": "[{}]"}}
    rest.post(config_maps(namespace), broken)
    with pytest.raises(SandboxError, match=f"ConfigMap {namespace}/{name}: the record of releases is not readable"):
        records.of(ONE.name)


def test_the_cause_of_a_failure_is_told_even_where_it_cannot_be_recorded(
    proxy: FaultyProxy, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inferencectl.deployer.connection.REQUEST_BUDGET_SECONDS", 1.0)
    with client_of(proxy.url) as api:
        records = ReleaseRecords(api, namespace)
        with pytest.raises(SandboxError, match="not ready"), records.recorded(platform(namespace, ONE), ""):
            fail_behind(proxy)
        proxy.choose = lambda _number, _exchange: None
        assert [each.result for each in records.of(ONE.name)] == [Result.UNFINISHED]


def fail_behind(proxy: FaultyProxy) -> None:
    """A deployment that fails, after which the API server cannot be reached."""
    proxy.choose = lambda _number, _exchange: reset_before
    raise SandboxError("not ready", "")
