"""Each image is pulled where it is needed: those of GPU servers on GPU nodes only, and the others on the rest."""

from typing import Any

import pytest

from components.image_prepull import ImagePrepullArgs, manifests
from settings import Vendor

IMAGES = ["server@sha256:1", "fetcher@sha256:2"]
ARGS = ImagePrepullArgs(namespace="models", images=dict.fromkeys((None, *Vendor), IMAGES), pause_image="pause@sha256:3")


def pod_of(vendor: Vendor | None) -> Any:
    made: Any = manifests.daemon_set("prepull", vendor, ARGS)
    return made.spec.template.spec


def test_every_image_is_run_once_and_the_pod_then_only_holds() -> None:
    pod = pod_of(None)
    assert [container.image for container in pod.init_containers] == IMAGES
    assert [container.image for container in pod.containers] == ["pause@sha256:3"]


def test_cpu_nodes_are_those_without_a_gpu() -> None:
    terms = pod_of(None).affinity.node_affinity.required_during_scheduling_ignored_during_execution.node_selector_terms
    (term,) = terms
    assert {(expression.key, expression.operator) for expression in term.match_expressions} == {
        ("nvidia.com/gpu.present", "DoesNotExist"),
        ("feature.node.kubernetes.io/amd-gpu", "DoesNotExist"),
        ("intel.feature.node.kubernetes.io/gaudi", "DoesNotExist"),
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
