"""Each image is pulled where it is needed: those of GPU servers on GPU nodes only, and the others on the rest."""

from dataclasses import replace
from typing import Any

import pytest

from components.image_prepull import ImagePrepullArgs, manifests
from settings import POOL_LABEL, Architecture, Taint, Vendor
from settings.gpu.node_marks import TaintEffect
from tests.components.pools import existing

IMAGES = ["server@sha256:1", "fetcher@sha256:2"]
ARGS = ImagePrepullArgs(
    namespace="models",
    images=dict.fromkeys((None, *Vendor), IMAGES),
    pause_image="pause@sha256:3",
    architectures=dict.fromkeys((None, *Vendor), (Architecture.ARM64,)),
)


def pod_of(vendor: Vendor | None, args: ImagePrepullArgs = ARGS) -> Any:
    made: Any = manifests.daemon_set("prepull", vendor, args)
    return made.spec.template.spec


def test_every_image_is_run_once_and_the_pod_then_only_holds() -> None:
    pod = pod_of(None)
    assert [container.image for container in pod.init_containers] == IMAGES
    assert [container.image for container in pod.containers] == ["pause@sha256:3"]


def test_cpu_nodes_are_those_without_a_gpu() -> None:
    terms = pod_of(None).affinity.node_affinity.required_during_scheduling_ignored_during_execution.node_selector_terms
    (term,) = terms
    assert {(expression.key, expression.operator) for expression in term.match_expressions} == {
        (POOL_LABEL, "DoesNotExist"),
        ("nvidia.com/gpu.present", "DoesNotExist"),
        ("feature.node.kubernetes.io/amd-gpu", "DoesNotExist"),
        ("intel.feature.node.kubernetes.io/gaudi", "DoesNotExist"),
        ("kubernetes.io/arch", "In"),
    }


@pytest.mark.parametrize(
    ("vendor", "label", "taint"),
    [
        (Vendor.NVIDIA, "nvidia.com/gpu.present", "nvidia.com/gpu"),
        (Vendor.AMD, "feature.node.kubernetes.io/amd-gpu", "amd.com/gpu"),
        (Vendor.INTEL, "intel.feature.node.kubernetes.io/gaudi", "habana.ai/gaudi"),
    ],
)
def test_nodes_with_accelerators_are_selected_and_their_taint_tolerated_without_asking_for_one(
    vendor: Vendor, label: str, taint: str
) -> None:
    pod = pod_of(vendor)
    assert pod.node_selector == {label: "true"}
    assert [(toleration.key, toleration.operator) for toleration in pod.tolerations] == [(taint, "Exists")]
    for container in [*pod.containers, *pod.init_containers]:
        assert set(container.resources.limits) == {"cpu", "memory"}


TEAM, LAB = Taint(key="team", value="vision"), Taint(key="lab", effect=TaintEffect.PREFER_NO_SCHEDULE)
WITH_POOLS = replace(
    ARGS,
    pools=(
        existing(name="plain"),
        existing(name="found", labels={"nvidia.com/gpu.product": "NVIDIA-L4"}, taints=(TEAM,)),
        existing(name="instinct", accelerator="mi300x", taints=(LAB,)),
    ),
)


@pytest.mark.parametrize(
    ("vendor", "selected", "tolerated"),
    [
        (
            Vendor.NVIDIA,
            [{POOL_LABEL: "plain"}, {"nvidia.com/gpu.product": "NVIDIA-L4"}],
            [("nvidia.com/gpu", "Exists", None, "NoSchedule"), ("team", "Equal", "vision", "NoSchedule")],
        ),
        (
            Vendor.AMD,
            [{POOL_LABEL: "instinct"}],
            [("amd.com/gpu", "Exists", None, "NoSchedule"), ("lab", "Equal", "", "PreferNoSchedule")],
        ),
    ],
)
def test_a_pools_nodes_are_reached_through_its_own_taints_and_no_others(
    vendor: Vendor, selected: list[dict[str, str]], tolerated: list[tuple[str, str, str | None, str]]
) -> None:
    pod = pod_of(vendor, WITH_POOLS)
    terms = pod.affinity.node_affinity.required_during_scheduling_ignored_during_execution.node_selector_terms
    assert [{each.key: each.values[0] for each in term.match_expressions} for term in terms] == [
        {**labels, "kubernetes.io/arch": "arm64"} for labels in selected
    ]
    assert pod.node_selector is None
    assert [(each.key, each.operator, each.value, each.effect) for each in pod.tolerations] == tolerated


def test_a_vendor_without_a_pool_has_its_nodes_found() -> None:
    pod = pod_of(Vendor.INTEL, WITH_POOLS)
    assert pod.node_selector == {"intel.feature.node.kubernetes.io/gaudi": "true"}
