"""What a failed deployment says: where clients are now, by looking, and what the next one does."""

from collections.abc import Callable
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.after_failure import situation_told
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError
from settings import BlueGreenRelease, Exposure, Header, HeaderRelease, Model, Platform, Rollout, Strategy, load
from tests.components.model_service.test_version_change import NO_NODE_HOLDS_IT, deploy, recorded
from tests.components.models import model, version
from tests.inferencectl.faulty_proxy import FaultyProxy, client_of, reset_before
from tests.settings.settings_stack import edited

RECREATE = Rollout(strategy=Strategy.RECREATE)


def served(*weights: tuple[int, int], **fields: Any) -> Model:
    versions = tuple(version(number, weight) for number, weight in weights)
    return model(versions=versions, scaling=None, replicas=1, **fields)


@pytest.fixture(scope="module")
def dev() -> Platform:
    return load("dev", edited({}))


def platform(dev: Platform, namespace: str, *models: Model) -> Platform:
    return dev.model_copy(update={"namespace": namespace, "models": models})


@pytest.fixture
def failed(api_client: ApiClient, namespace: str, dev: Platform) -> Callable[[Model, Model], SandboxError]:
    """The error of a change from one model to another whose new servers fit on no node."""

    def fail(before: Model, after: Model) -> SandboxError:
        deploy(api_client, namespace, recorded(before, namespace))
        recording = recorded(after, namespace, resources=NO_NODE_HOLDS_IT)
        with pytest.raises(SandboxError) as caught, situation_told(api_client, platform(dev, namespace, after)):
            deploy(api_client, namespace, recording, timeout_seconds=2)
        assert caught.value.exit_code == FAILED
        return caught.value

    return fail


def test_a_failed_change_says_once_that_clients_are_where_they_were(failed: Callable[..., SandboxError]) -> None:
    error = failed(served((1, 100)), served((2, 100)))
    assert error.message.count("mnist-v2 is not ready") == 1
    assert "now: clients of mnist are sent to version 1, which has 1 ready pod" in error.message
    assert error.remedy.endswith(
        "the next up waits until version 2 of mnist is ready, and moves its clients then; to stay with version 1, put "
        "it back into the settings"
    )


def test_a_failed_change_of_a_split_says_the_shares(failed: Callable[..., SandboxError]) -> None:
    gateway = {"exposure": Exposure.GATEWAY}
    error = failed(served((1, 100), **gateway), served((1, 90), (2, 10), **gateway))
    assert "now: clients of mnist are sent to version 1, which has 1 ready pod" in error.message
    assert "until version 1 and 2 of mnist is ready" in error.remedy


def test_behind_a_blue_green_route_clients_are_where_the_stable_service_is(
    failed: Callable[..., SandboxError],
) -> None:
    gateway = {"exposure": Exposure.GATEWAY, "release": BlueGreenRelease()}
    error = failed(served((1, 100), **gateway), served((2, 100), **gateway))
    assert "now: clients of mnist are sent to version 1, which has 1 ready pod" in error.message


def test_clients_that_ask_for_a_candidate_are_not_the_clients_of_a_model(failed: Callable[..., SandboxError]) -> None:
    header = HeaderRelease(candidate=2, header=Header(name="x-release", value="canary"))
    gateway = {"exposure": Exposure.GATEWAY}
    error = failed(served((1, 100), (2, 0), release=header, **gateway), served((3, 100), **gateway))
    assert "now: clients of mnist are sent to version 1, which has 1 ready pod" in error.message


def test_an_outage_is_said_to_be_one(failed: Callable[..., SandboxError]) -> None:
    error = failed(served((1, 100), rollout=RECREATE), served((1, 0), (2, 100), rollout=RECREATE))
    assert "now: clients of mnist are sent to version 1, which has no ready pods" in error.message
    assert "to start version 1 again, give it weight 100 and the other 0" in error.remedy


def test_models_that_answer_as_they_should_are_named_in_one_line(
    api_client: ApiClient, namespace: str, dev: Platform
) -> None:
    whole = served((1, 100))
    deploy(api_client, namespace, recorded(whole, namespace))
    missing = model(name="iris", versions=(version(1),), scaling=None, replicas=1)
    found = platform(dev, namespace, whole, missing)
    with pytest.raises(SandboxError) as caught, situation_told(api_client, found):
        raise SandboxError("something failed", "fix it")
    assert caught.value.message.splitlines() == [
        "something failed",
        "now: iris has no address yet",
        "now: all other models answer as the settings have it",
    ]


def test_a_refusal_has_changed_nothing_and_stays_as_it_is(api_client: ApiClient, namespace: str, dev: Platform) -> None:
    with pytest.raises(SandboxError) as caught, situation_told(api_client, platform(dev, namespace)):
        raise SandboxError("refused", "change it", exit_code=BAD_INPUT)
    assert str(caught.value) == "refused\nchange it"


def test_a_cluster_that_does_not_answer_is_no_reason_to_guess(
    proxy: FaultyProxy, dev: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inferencectl.deployer.connection.REQUEST_BUDGET_SECONDS", 1.0)
    proxy.choose = lambda _number, _exchange: reset_before
    with pytest.raises(SandboxError) as caught, client_of(proxy.url) as api, situation_told(api, dev):
        raise SandboxError("something failed", "fix it")
    assert "where clients are sent now is not known" in caught.value.message
    assert caught.value.remedy.splitlines()[0] == "fix it"
