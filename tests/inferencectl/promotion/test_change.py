"""How a version enters a model, by the strategy with which that model is released where it comes to."""

from typing import Any

import pytest

from inferencectl.promotion.change import change_of
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Pin, Pins
from tests.inferencectl.promotion.stacks import OLD, VERSION, here, proved, stack

GATEWAY = {
    "gateway": {"name": "public", "namespace": "gateway", "hostname": "models.example"},
    "autoscaling": {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"},
}
TRIED = {"version": 7, "storage": "s3://models/iris/7", "sha256": "ef" * 32, "weight": 0}
NEW = {**VERSION, "weight": 0}
MAIN = {**OLD, "weight": 100}
HEADER = {"header": {"name": "x-release", "value": "canary"}}


@pytest.mark.parametrize(
    ("release", "versions", "candidate"),
    [
        (None, [OLD], None),
        ({"strategy": "weights", "sticky": {"cookie": "release"}}, [MAIN, TRIED], None),
        ({"strategy": "blue-green"}, [OLD], None),
        ({"strategy": "header", "candidate": 7, **HEADER}, [MAIN, TRIED], 2),
        ({"strategy": "mirror", "candidate": 7, "percent": 10}, [MAIN, TRIED], 2),
        ({"strategy": "progressive"}, [OLD], 2),
    ],
    ids=["none", "weights", "blue-green", "header", "mirror", "progressive"],
)
def test_clients_get_nothing_else_until_a_person_says_so(
    release: dict[str, Any] | None, versions: list[dict[str, Any]], candidate: int | None
) -> None:
    keys = {"exposure": "gateway", "replicas": 1, "versions": versions, **({"release": release} if release else {})}
    now = stack("staging", None, keys, **GATEWAY)
    change = change_of(proved(), "staging", now, now.models[0])
    assert (change.version, change.candidate, change.keys) == (NEW, candidate, {})
    after = stack("staging", None, change.applied_to(keys), **GATEWAY).models[0]
    assert [(each.version, each.share_percent) for each in after.versions][-1] == (2, 0)
    assert [each.share_percent for each in after.versions if each.version == 1] == [100]
    assert getattr(after.release, "candidate", None) == candidate


def test_a_progressive_release_in_progress_is_settled_first() -> None:
    keys = {"exposure": "gateway", "replicas": 1, "versions": [MAIN, TRIED]}
    release = {"strategy": "progressive", "candidate": 7}
    now = stack("staging", None, {**keys, "release": release}, **GATEWAY)
    with pytest.raises(SandboxError, match="staging releases version 7 of iris progressively") as refused:
        change_of(proved(), "staging", now, now.models[0])
    assert refused.value.exit_code == BAD_INPUT


def test_what_is_there_already_is_no_change_but_for_its_keys() -> None:
    now = stack("staging", None, {"versions": [MAIN, {**VERSION, "weight": 0}]})
    assert not change_of(proved(), "staging", now, now.models[0])
    change = change_of(proved(size="4Mi"), "staging", now, now.models[0])
    assert (change.version, change.keys) == (None, {"size": "4Mi"})


@pytest.mark.parametrize("other", [{"sha256": "00" * 32}, {"storage": "s3://others/iris/2"}])
def test_a_number_means_one_version(other: dict[str, str]) -> None:
    now = here(versions=[{**VERSION, **other}])
    with pytest.raises(SandboxError, match="staging has a version 2 of iris with other files") as refused:
        change_of(proved(), "staging", stack("staging"), now)
    assert refused.value.exit_code == BAD_INPUT


REGISTRY = {"registry": {"url": "s3://models/production", "publicKey": "keys/models.pub"}}
PIN = Pin(version=2, storage=VERSION["storage"], sha256=VERSION["sha256"], size_bytes=3 * 2**20, metrics={})


def test_a_label_becomes_the_number_of_the_version_that_was_proved() -> None:
    pins = Pins("dev", {"iris@stable": PIN})
    there = stack("dev", pins, {"versions": [{"name": "iris@stable"}]}, **REGISTRY)
    now = stack("staging", None, {}, **REGISTRY)
    change = change_of(proved(there), "staging", now, now.models[0])
    assert change.version == {"name": "iris@2", "weight": 0}
    elsewhere = stack("staging")
    assert change_of(proved(there), "staging", elsewhere, elsewhere.models[0]).version == NEW
    other = stack("staging", None, {}, registry={**REGISTRY["registry"], "url": "s3://models/others"})
    assert change_of(proved(there), "staging", other, other.models[0]).version == NEW


def test_a_version_without_a_name_brings_the_size_that_the_lock_had() -> None:
    named = {"versions": [{"name": "iris@1"}]}
    pin = PIN.model_copy(update={"version": 1, "size_bytes": 5 * 2**20})
    there = {**named, "size": "2Mi"}
    now = stack("staging", Pins("staging", {"iris@1": pin}), there, **REGISTRY)
    change = change_of(proved(), "staging", now, now.models[0])
    assert (change.version, change.keys) == (NEW, {"size": "5Mi"})
