"""Each image is pulled where it is needed: those of GPU servers on GPU nodes only, and the others on the rest."""

from typing import Any

from components.image_prepull import ImagePrepullArgs, manifests

IMAGES = ["server@sha256:1", "fetcher@sha256:2"]
ARGS = ImagePrepullArgs(namespace="models", cpu_images=IMAGES, gpu_images=IMAGES, pause_image="pause@sha256:3")


def pod_of(nodes: manifests.Nodes) -> Any:
    made: Any = manifests.daemon_set("prepull", nodes, IMAGES, ARGS)
    return made.spec.template.spec


def test_every_image_is_run_once_and_the_pod_then_only_holds() -> None:
    pod = pod_of(manifests.CPU_NODES)
    assert [container.image for container in pod.init_containers] == IMAGES
    assert [container.image for container in pod.containers] == ["pause@sha256:3"]


def test_cpu_nodes_are_those_without_a_gpu() -> None:
    terms = pod_of(
        manifests.CPU_NODES
    ).affinity.node_affinity.required_during_scheduling_ignored_during_execution.node_selector_terms
    (expression,) = terms[0].match_expressions
    assert (expression.key, expression.operator) == ("nvidia.com/gpu.present", "DoesNotExist")


def test_gpu_nodes_are_selected_and_their_taint_tolerated_without_asking_for_a_gpu() -> None:
    pod = pod_of(manifests.GPU_NODES)
    assert pod.node_selector == {"nvidia.com/gpu.present": "true"}
    assert [(toleration.key, toleration.operator) for toleration in pod.tolerations] == [("nvidia.com/gpu", "Exists")]
    for container in [*pod.containers, *pod.init_containers]:
        assert "nvidia.com/gpu" not in container.resources.limits
