"""M01 to M03: what a pod asks of its node."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from node import Node
from rule import Check, Outcome, Rule, Severity, Violation, all_of, for_containers, for_pods
from scope import MODEL_SERVERS, pods_that
from subject import Resource
from workloads import Container, ContainerKind, Pod

# The domain of a vendor's devices, and the taint of the nodes that have some.
_TAINTS = {"nvidia.com": "nvidia.com/gpu", "amd.com": "amd.com/gpu", "habana.ai": "habana.ai/gaudi"}
# Shared devices, parts of a card: asking for more than one has no effect.
_PART_OF_CARD = re.compile(r"\.shared$|/mig-")
_MODEL_SIZE = "inference/model-size-bytes"
_BYTES = re.compile(r"[1-9]\d{0,17}")

# Labels that every node has and that therefore select none with a GPU.
_ANY_NODE_LABELS = frozenset({"kubernetes.io/os", "kubernetes.io/arch"})

_APP = ContainerKind.APP
_SCHEDULED = (ContainerKind.INIT, _APP)


def _has_bounds(container: Container) -> Iterator[Violation]:
    for list_name in ("requests", "limits"):
        for resource_name in ("cpu", "memory"):
            bound = container.node.get("resources").get(list_name).get(resource_name)
            for_pod = container.pod.spec.get("resources").get(list_name).get(resource_name)
            if not bound.is_set() and for_pod.is_set():
                bound = for_pod
            if (bound.quantity() or 0) <= 0:
                yield Violation.of(bound, f"Set resources.{list_name}.{resource_name}.")


def _gpus(container: Container, list_name: str) -> dict[str, Node]:
    entries = container.node.get("resources").get(list_name).entries()
    return {key: node for key, node in entries if key.partition("/")[0] in _TAINTS}


def _gpu_limit_is_request(container: Container) -> Iterator[Violation]:
    requests, limits = _gpus(container, "requests"), _gpus(container, "limits")
    for name in sorted({*requests, *limits}):
        limit = container.node.get("resources").get("limits").get(name)
        request = container.node.get("resources").get("requests").get(name)
        if limit.quantity() is None or limit.quantity() != request.quantity():
            to_change = request if limit.is_set() else limit
            yield Violation.of(to_change, f"Set resources.requests and resources.limits of {name} to one number.")


def _one_part_of_a_card(container: Container) -> Iterator[Violation]:
    for name, limit in _gpus(container, "limits").items():
        if _PART_OF_CARD.search(name) and (limit.quantity() or 0) > 1:
            yield Violation.of(limit, f"Set it to 1: more of {name} have no effect.")


def asks_for_gpus(pod: Pod) -> bool:
    """Whether a container of the pod asks for a GPU, a part of one, or another accelerator."""
    return bool(_taints(pod))


def _taints(pod: Pod) -> list[str]:
    """The taints of the nodes that have what the pod's containers ask for; none of something is not asked for."""
    containers = [container for kind in _SCHEDULED for container in pod.containers(kind)]
    asked = [gpu for each in containers for amounts in ("requests", "limits") for gpu in _gpus(each, amounts).items()]
    names = [name for name, amount in asked if amount.quantity() != 0]
    return list(dict.fromkeys(_TAINTS[name.partition("/")[0]] for name in names))


def _tolerates_gpu_nodes(pod: Pod) -> Iterator[Violation]:
    tolerations = pod.spec.get("tolerations")
    for taint in _taints(pod):
        if not any(_tolerates(toleration, taint) for toleration in tolerations.items()):
            yield Violation(
                tolerations.path,
                f"no toleration of {taint}",
                f"Add to tolerations: key {taint}, operator Exists, effect NoSchedule.",
            )


def _tolerates(toleration: Node, taint: str) -> bool:
    matches = toleration.get("key").text() in (None, "", taint)
    every_effect = toleration.get("effect").text() in (None, "", "NoSchedule")
    return matches and every_effect and toleration.get("operator").text() == "Exists"


def _selects_gpu_nodes(pod: Pod) -> Iterator[Violation]:
    selector = pod.spec.get("nodeSelector")
    if not asks_for_gpus(pod) or any(key not in _ANY_NODE_LABELS for key, _ in selector.entries()):
        return
    required = pod.spec.get("affinity").get("nodeAffinity").get("requiredDuringSchedulingIgnoredDuringExecution")
    if not any(_selects(term) for term in required.get("nodeSelectorTerms").items()):
        yield Violation(
            selector.path, "no selection of GPU nodes", 'Set nodeSelector, for example nvidia.com/gpu.present: "true".'
        )


def _selects(term: Node) -> bool:
    keys = (expression.get("key").text() for expression in term.get("matchExpressions").items())
    return any(key is not None and key not in _ANY_NODE_LABELS for key in keys)


def _memory_fits_model(resource: Resource) -> Iterator[Outcome]:
    fits = partial(_memory_fits, factor=Decimal(str(resource.configuration.memory_factor)))
    yield from for_pods(fits)(resource)


def _memory_fits(pod: Pod, factor: Decimal) -> Iterator[Violation]:
    if not pod.is_model_server():
        return
    annotation = pod.metadata.get("annotations").get(_MODEL_SIZE)
    size = annotation.text() or ""
    if not _BYTES.fullmatch(size):
        yield Violation.of(annotation, f"Annotate the pod template with {_MODEL_SIZE}, a whole number of bytes.")
        return
    limits = [container.node.get("resources").get("limits").get("memory") for container in pod.containers(_APP)]
    bounded = [limit for limit in limits if limit.quantity() is not None]
    largest = max(bounded, key=lambda limit: limit.quantity() or 0, default=None)
    needed = factor * int(size)
    if largest is not None and (largest.quantity() or 0) < needed:
        yield Violation.of(largest, f"Set resources.limits.memory to {needed:.0f} bytes or more.")


RULES = (
    Rule(
        id="M01",
        title="CPU and memory are requested and limited",
        why="Without requests the scheduler overloads nodes; without limits one container takes the memory of its "
        "neighbours.",
        severity=Severity.MEDIUM,
        remedy="Set resources.requests and resources.limits for cpu and memory.",
        check=for_containers(_has_bounds, kinds=_SCHEDULED),
    ),
    Rule(
        id="M02",
        title="GPU pods run on GPU nodes, with the GPUs they asked for",
        why="Without the toleration a GPU pod stays pending, and without the selector it may run on a node with "
        "another card. Kubernetes refuses GPU requests that differ from the limits.",
        severity=Severity.HIGH,
        remedy="Set equal GPU requests and limits, a toleration of the vendor's taint, and a nodeSelector.",
        check=all_of(
            for_containers(_gpu_limit_is_request, _one_part_of_a_card, kinds=_SCHEDULED),
            for_pods(_tolerates_gpu_nodes, _selects_gpu_nodes),
        ).about(pods_that("pods that ask for GPUs", asks_for_gpus)),
    ),
    Rule(
        id="M03",
        title="Model servers have enough memory for their model",
        why="A model server needs memory for the model, for a second version while that loads, and for requests. With"
        " a limit close to the size of the model, the kernel kills it under load.",
        severity=Severity.HIGH,
        remedy="Set resources.limits.memory of the model server, or choose a larger resource class.",
        check=Check(MODEL_SERVERS, _memory_fits_model),
    ),
)
