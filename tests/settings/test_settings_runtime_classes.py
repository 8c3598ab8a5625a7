"""RuntimeClasses: who names them, which one a pod gets, and what is said of those that cannot be."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.model_namespace import ModelNamespaceArgs, manifests
from components.model_service.manifests import workload
from settings import PodOverhead, RuntimeClass, Taint, load
from tests.components.models import model, service_args
from tests.settings.settings_pools import EXISTING, QUARTER, TIME_SLICING, stack
from tests.settings.settings_stack import IRIS, edited, problems

GVISOR: Mapping[str, Any] = {"gvisor": {"handler": "runsc"}}
SHARED = {**EXISTING, "sharing": TIME_SLICING}
SOFTWARE = {"source": "manifests", "namespace": "gpu-operator"}


def class_of(pool: str | None, resources: str | None, own: str | None) -> str | None:
    """The RuntimeClass of the pods of `iris`, where its pool, its resource class and itself name some."""
    edits = stack([{**SHARED, "runtimeClass": pool}], QUARTER, runtimeClass=own)
    edits["resourceClasses"]["accelerated"]["runtimeClass"] = resources
    platform = load("dev", edited({**edits, "runtimeClasses": {"a": {}, "b": {}, "c": {}}}))
    iris = platform.models[1]
    args = service_args(iris, resources=platform.resources_of(iris), pools=platform.pools)
    made: Any = workload.deployment(args.served[0])
    return made.spec.template.spec.runtime_class_name


@pytest.mark.parametrize(
    ("pool", "resources", "own", "expected"),
    [("a", None, None, "a"), ("a", "b", None, "b"), ("a", "b", "c", "c"), (None, "b", "c", "c"), (None,) * 4],
)
def test_what_is_nearest_to_the_model_decides(
    pool: str | None, resources: str | None, own: str | None, expected: str | None
) -> None:
    assert class_of(pool, resources, own) == expected


def test_a_model_on_a_cpu_has_one_too() -> None:
    made: Any = workload.deployment(service_args(model(runtime_class="gvisor")).served[0])
    assert made.spec.template.spec.runtime_class_name == "gvisor"


@pytest.mark.parametrize(
    ("edits", "place"),
    [
        ({"models.1.runtimeClass": "gvisr"}, f"{IRIS}.runtimeClass"),
        ({"resourceClasses": {"own": {"cpu": 1, "memory": "2Gi", "runtimeClass": "gvisr"}}}, ".resourceClasses.own"),
        ({**stack([{**SHARED, "runtimeClass": "gvisr"}])}, ".pools[0] (shared).runtimeClass"),
        ({**stack([SHARED]), "gpuSoftware": {**SOFTWARE, "runtimeClass": "gvisr"}}, ".gpuSoftware.runtimeClass"),
    ],
    ids=["model", "resource class", "pool", "software"],
)
def test_an_unknown_one_is_reported_with_the_nearest_name(edits: Mapping[str, Any], place: str) -> None:
    (line,) = problems({**edits, "runtimeClasses": GVISOR})
    assert line.startswith(place)
    assert line.endswith("\"gvisr\"; expected a class of runtimeClasses: gvisor; did you mean 'gvisor'?")


def test_one_that_the_cluster_has_is_named_without_a_handler() -> None:
    assert problems({"models.1.runtimeClass": "edge"}) == [
        (
            f'{IRIS}.runtimeClass: "edge"; expected a class of runtimeClasses; add edge: {{}} there if the cluster '
            "has it already"
        )
    ]
    load("dev", edited({"models.1.runtimeClass": "edge", "runtimeClasses": {"edge": {}}}))


def test_the_operator_makes_nvidias() -> None:
    operated = {**stack([{**SHARED, "runtimeClass": "nvidia"}]), "gpuSoftware": {**SOFTWARE, "source": "operator"}}
    load("dev", edited(operated))
    assert problems({**operated, "runtimeClasses": {"nvidia": {"handler": "nvidia"}}}) == [
        (
            ".runtimeClasses.nvidia.handler: set, but the GPU operator creates this class; expected no handler, or "
            "another source of gpuSoftware"
        )
    ]


def test_a_class_whose_nodes_are_others_than_the_devices_is_found() -> None:
    pool = {**SHARED, "labels": {"sandbox": "none", "rack": "1"}}
    edits = stack([pool], QUARTER, runtimeClass="gvisor")
    elsewhere = {"gvisor": {"handler": "runsc", "nodeSelector": {"rack": "1", "sandbox": "gvisor"}}}
    assert problems({**edits, "runtimeClasses": elsewhere}) == [
        (
            f"{IRIS}.resources: \"accelerated\", whose nodes lack label sandbox of runtime class 'gvisor'; "
            "expected devices on nodes that the class selects, or another runtimeClass"
        )
    ]
    here = {"gvisor": {"handler": "runsc", "nodeSelector": {"rack": "1", "zone": "a"}}}
    load("dev", edited({**edits, "runtimeClasses": here}))


def test_the_quota_counts_what_the_runtime_takes() -> None:
    heavy = {"vm": {"handler": "kata", "overhead": {"cpu": "1k", "memory": "160Mi"}}}
    (line,) = problems({"models.1.runtimeClass": "vm", "runtimeClasses": heavy})
    assert line.startswith(".quota.cpu: ")
    (line,) = problems({"models.1.runtimeClass": "vm", "runtimeClasses": {"vm": {"overhead": {"memory": "4Ti"}}}})
    assert line.startswith(".quota.memory: ")


def test_a_class_is_what_upstream_documents() -> None:
    runtime = RuntimeClass(
        handler="kata-qemu-snp",
        overhead=PodOverhead(memory="160Mi"),
        node_selector={"katacontainers.io/kata-runtime": "true"},
        taints=(Taint(key="confidential"),),
    )
    made: Any = manifests.runtime_class("confidential", "kata-qemu-snp", runtime)
    assert (made.metadata.name, made.handler) == ("confidential", "kata-qemu-snp")
    assert made.overhead.pod_fixed == {"memory": "160Mi"}
    assert made.scheduling.node_selector == {"katacontainers.io/kata-runtime": "true"}
    (tolerated,) = made.scheduling.tolerations
    assert (tolerated.key, tolerated.operator, tolerated.effect) == ("confidential", "Equal", "NoSchedule")
    plain: Any = manifests.runtime_class("gvisor", "runsc", RuntimeClass(handler="runsc"))
    assert (plain.overhead, plain.scheduling) == (None, None)


def test_the_namespace_makes_those_of_its_platform() -> None:
    assert set(ModelNamespaceArgs.of(load("dev", edited({"runtimeClasses": GVISOR}))).runtime_classes) == {"gvisor"}


@pytest.mark.parametrize(
    ("software", "problem"),
    [
        (
            {"source": "present", "runtimeClass": "gvisor"},
            (
                ".gpuSoftware.runtimeClass: has no effect with source present; "
                "expected no runtimeClass, or source manifests"
            ),
        ),
        (
            {"source": "manifests", "chartVersion": "v26.3.2"},
            (
                ".gpuSoftware.chartVersion: has no effect with source manifests; "
                "expected no chartVersion, or source operator"
            ),
        ),
    ],
)
def test_software_has_no_settings_without_effect(software: Mapping[str, Any], problem: str) -> None:
    edits = {**stack([SHARED]), "gpuSoftware": {"namespace": "gpu-operator", **software}}
    assert problems({**edits, "runtimeClasses": GVISOR}) == [problem]


def test_plain_manifests_need_pools_and_cut_no_cards() -> None:
    assert problems({"gpuSoftware": SOFTWARE}) == [
        ".gpuSoftware.source: manifests, but the stack has no pools; expected pools to run on"
    ]
    mig = {"strategy": "mig-mixed", "profiles": {"2g.10gb": 3}}
    new = {
        **EXISTING,
        "provisioner": "karpenter",
        "nodeClass": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
        "instanceTypes": ["p4d.24xlarge"],
        "sharing": mig,
    }
    gpu = {"accelerator": "a100-40gb", "memory": "8Gi"}
    assert problems({**stack([new], gpu), "gpuSoftware": SOFTWARE}) == [
        (
            ".pools[0] (shared).sharing.strategy: mig-mixed on new nodes with gpuSoftware.source manifests, without "
            "MIG manager; expected gpuSoftware.source operator or present, or existing nodes"
        )
    ]
    load("dev", edited({**stack([{**EXISTING, "sharing": mig}], gpu), "gpuSoftware": SOFTWARE}))
