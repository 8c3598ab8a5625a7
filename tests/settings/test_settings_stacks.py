"""The committed stacks, the defaults of the environments, and the example in the documentation."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from settings import (
    AccessMode,
    Environment,
    Exposure,
    Model,
    Platform,
    ResourceClass,
    Scaling,
    Version,
    Warmup,
    load,
    read_stack_file,
)
from settings.reference import DOCUMENT, renewed
from tests.settings.settings_stack import DELETED, ROOT, edited

SHA = "0123456789abcdef" * 4
INHERITED = {"volume", "data"}


@pytest.fixture(scope="module", params=["dev", "staging", "prod"])
def platform(request: pytest.FixtureRequest) -> Platform:
    return load(request.param, read_stack_file(ROOT / f"Pulumi.{request.param}.yaml"))


def test_committed_stacks_are_of_their_environment(platform: Platform) -> None:
    assert platform.cluster.context == f"inference-{platform.environment}"
    assert platform.namespace == f"models-{platform.environment}"


def test_every_model_has_what_it_needs(platform: Platform) -> None:
    for model in platform.models:
        assert platform.resources_of(model).memory_bytes >= model.memory_floor_bytes
        assert sum(version.share_percent for version in model.versions) == 100
        assert (model.replicas is None) != (model.scaling is None)


def test_dev_shows_the_kinds_of_models() -> None:
    mnist, iris, recommender = load("dev", edited({})).models
    assert [version.weight for version in mnist.versions] == [90, 10]
    assert mnist.exposure is Exposure.GATEWAY
    assert iris.model_fields_set - INHERITED == {"name", "runtime", "size", "resources", "versions", "scaling"}
    assert recommender.stateful
    assert recommender.volume is not None


def test_prod_invariants() -> None:
    platform = load("prod", edited({}, "prod"))
    assert platform.environment is Environment.PROD
    assert all(model.min_replicas >= 2 for model in platform.models)
    assert all(re.fullmatch("[0-9a-f]{64}", version.sha256) for model in platform.models for version in model.versions)
    assert any(platform.resources_of(model).gpus for model in platform.models)


def test_what_a_model_is_when_little_is_said() -> None:
    iris = load("dev", edited({})).models[1]
    assert iris.scaling == Scaling(min_replicas=1, max_replicas=3)
    assert (iris.min_replicas, iris.max_replicas) == (1, 3)
    assert iris.exposure is Exposure.CLUSTER_IP
    assert iris.warmup is Warmup.OPTIONAL
    assert (iris.load_timeout_seconds, iris.drain_seconds, iris.log_level) == (300, 30, 1)
    assert (iris.hostname, iris.batching, iris.volume, iris.replicas, iris.stateful) == (None, None, None, None, False)
    assert (iris.versions[0].share_percent, iris.versions[0].labels) == (100, ())


@pytest.mark.parametrize(("environment", "least", "most", "cpu"), [("dev", 1, 3, "64"), ("staging", 2, 4, "128"),
                                                                  ("prod", 2, 10, "512")])  # fmt: skip
def test_each_environment_has_defaults(environment: str, least: int, most: int, cpu: str) -> None:
    platform = load("other", edited({"environment": environment}))
    assert platform.models[1].scaling == Scaling(min_replicas=least, max_replicas=most)
    assert platform.quota.cpu == cpu


def test_a_stack_overrides_single_defaults() -> None:
    edits = {"models.1.scaling": {"maxReplicas": 7}, "quota": {"pods": 60}, "models.2.replicas": 1}
    platform = load("dev", edited(edits))
    assert platform.models[1].scaling == Scaling(min_replicas=1, max_replicas=7)
    assert (platform.quota.pods, platform.quota.memory) == (60, "256Gi")
    assert (platform.models[2].scaling, platform.models[2].min_replicas, platform.models[2].max_replicas) == (
        None,
        1,
        1,
    )


def test_null_scaling_is_the_default() -> None:
    assert load("dev", edited({"models.1.scaling": None})).models[1].min_replicas == 1


def test_own_classes_are_added_to_the_built_in_ones() -> None:
    classes = {"tiny": {"cpu": 0.5, "memory": "64Mi"}, "small": {"cpu": "250m", "memory": "1Gi"}}
    platform = load("dev", edited({"resourceClasses": classes, "models.1.resources": "tiny"}))
    assert platform.resources_of(platform.models[1]) == ResourceClass(cpu="0.5", memory="64Mi")
    assert platform.resource_classes["small"].cpu == "250m"
    assert platform.resource_classes["gpu"] == ResourceClass(cpu="4", memory="16Gi", gpus=1)


def test_storage_ports() -> None:
    assert load("dev", edited({})).storage.ports == (9000,)
    assert load("dev", edited({"storage.endpoint": "https://s.example"})).storage.ports == (443,)
    assert load("dev", edited({"storage.endpoint": DELETED})).storage.ports == (443,)


def test_host_names() -> None:
    edits = {
        "ingress": {"namespace": "ingress", "hostname": "apps.example"},
        "models.1.exposure": "ingress",
        "models.2.exposure": "ingress",
        "models.2.hostname": "r.example.org",
        "models.2.stateful": False,
    }
    platform = load("dev", edited(edits))
    names = [platform.hostname_of(model) for model in platform.models]
    assert names == ["mnist.models.dev.example", "iris.apps.example", "r.example.org"]


def test_limits_that_are_just_met() -> None:
    """The other side of each inequality that the bad cases test."""
    load("dev", edited({"quota": {"cpu": 18, "memory": "48Gi", "storage": "1Gi", "gpus": 0, "pods": 15}}))
    load("dev", edited({"models.2.volume.capacity": "720Mi"}))
    load("dev", edited({"models.1.size": "819Mi"}))
    load("dev", edited({"models.1.scaling": {"minReplicas": 3}}))
    load("dev", edited({"models.1.name": "i" * 40, "models.1.versions.0.version": 1234567890}))
    load("dev", edited({"models.0.exposure": "cluster-ip", "models.0.versions.0.weight": 100,
                        "models.0.versions.1.weight": 0}))  # fmt: skip
    one = load("dev", edited({"models.2.replicas": 1, "models.2.volume.accessMode": "ReadWriteOnce"})).models[2]
    assert one.volume is not None
    assert one.volume.access_mode is AccessMode.READ_WRITE_ONCE


def test_models_are_frozen_and_spelt_in_snake_case_in_python() -> None:
    version = Version(version=1, storage="s3://models/iris/1", sha256=SHA)
    model = Model(name="iris", runtime="tensorflow-serving", size="2Mi", resources="small", versions=(version,),
                  replicas=1, load_timeout_seconds=5)  # fmt: skip
    assert model.load_timeout_seconds == 5
    assert model.memory_floor_bytes == 5 * 2**20
    with pytest.raises(ValueError, match="frozen"):
        model.replicas = 2  # pyright: ignore[reportAttributeAccessIssue]


def test_a_model_in_python_obeys_the_same_rules() -> None:
    version = Version(version=1, storage="s3://models/iris/1", sha256=SHA, weight=50)
    with pytest.raises(ValueError, match="expected weights that sum to 100"):
        Model(name="iris", runtime="tensorflow-serving", size="2Mi", resources="small", versions=(version,), replicas=1)
    with pytest.raises(ValueError, match="expected replicas or scaling"):
        Model(name="iris", runtime="tensorflow-serving", size="2Mi", resources="small",
              versions=(Version(version=1, storage="s3://models/iris/1", sha256=SHA),))  # fmt: skip


def yaml_blocks() -> Iterator[str]:
    yield from re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_the_documented_example_is_a_stack() -> None:
    five_lines, stack, accelerated, isolated, scaled = map(yaml.safe_load, yaml_blocks())
    document: dict[str, Any] = stack["config"]["inference:platform"]
    assert len(next(yaml_blocks()).splitlines()) == 5
    platform = load("dev", {"inference:platform": json.dumps({**document, "models": five_lines})})
    assert [model.name for model in platform.models] == ["iris"]
    with_pool = {**document, **accelerated, "models": [{**five_lines[0], "resources": "quarter"}]}
    shared = load("dev", {"inference:platform": json.dumps(with_pool)})
    assert shared.devices_of(shared.models[0])
    sandboxed = {**document, **isolated, "models": [{**five_lines[0], "runtimeClass": "gvisor"}]}
    assert load("dev", {"inference:platform": json.dumps(sandboxed)}).runtime_classes["gvisor"].handler == "runsc"
    by_load = {**document, **scaled, "models": [five_lines[0] | scaled["models"][0]]}
    assert load("dev", {"inference:platform": json.dumps(by_load)}).models[0].max_replicas == 8
    complete = load("dev", {"inference:platform": json.dumps(document)})
    assert complete.models == platform.models


def test_the_reference_is_up_to_date() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(document) == document, "run python -m settings.reference"
