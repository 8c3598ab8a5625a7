"""The pods that a Kubernetes object carries: built-in workloads at their known place, custom resources wherever."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from embedded import containers_outside_lists, pod_specs
from kinds import BUILT_IN_WORKLOAD_GROUPS, Kind
from node import Node

_POD = ()
_TEMPLATE = ("spec", "template")
_POD_LOCATIONS: Mapping[str, tuple[str, ...]] = {
    "Pod": _POD,
    "PodTemplate": ("template",),
    "Deployment": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "ReplicaSet": _TEMPLATE,
    "ReplicationController": _TEMPLATE,
    "Job": _TEMPLATE,
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}

# Kinds that can hold any text, or whose schemas look like pods, and never run one.
_WITHOUT_PODS = frozenset({"ConfigMap", "CustomResourceDefinition", "PodSecurityPolicy", "Secret"})
# Groups whose objects speak of pods or images, and make none: patterns, and what is known of a registry.
_GROUPS_WITHOUT_PODS = ("kyverno.io", "gatekeeper.sh", "image.toolkit.fluxcd.io")

_RUN_TO_COMPLETION_KINDS = frozenset({"Job", "CronJob"})
_RUN_TO_COMPLETION_RESTARTS = ("Never", "OnFailure")
_COMPONENT_LABEL = "app.kubernetes.io/component"
_MODEL_SERVER = "model-server"


class ContainerKind(StrEnum):
    """The list of a pod spec that a container stands in."""

    INIT = "initContainers"
    APP = "containers"
    EPHEMERAL = "ephemeralContainers"


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod or pod template: its metadata and spec, and the kind of the object that holds it.

    A partial one is what a custom resource says of pods that its operator makes: only what is written there is judged,
    as all that is missing may be filled in. ``outside_lists`` are its containers that stand outside a list of them.
    """

    metadata: Node
    spec: Node
    owner: Kind
    is_partial: bool = False
    outside_lists: tuple[Node, ...] = ()

    @property
    def security_context(self) -> Node:
        """The pod-level security context."""
        return self.spec.get("securityContext")

    def containers(self, kind: ContainerKind) -> Iterator["Container"]:
        """The pod's containers of one kind; raises UnreadableError where the list cannot be read."""
        nodes = self.spec.get(kind).items()
        if kind is ContainerKind.APP:
            nodes = [*nodes, *self.outside_lists]
        return (Container(node, self, kind) for node in nodes)

    def is_custom(self) -> bool:
        """Whether an operator completes this pod, so that what is left out here may be filled in there."""
        return self.owner.group not in BUILT_IN_WORKLOAD_GROUPS

    def is_windows(self) -> bool:
        """Whether the pod says that it runs on Windows, where the Linux-only fields may not be set."""
        return self.spec.get("os").get("name").text() == "windows"

    def has_user_namespace(self) -> bool:
        """Whether the pod's users are none of the host's, so that its root is not the node's root."""
        return self.spec.get("hostUsers").boolean() is False

    def component(self) -> str | None:
        """What the pod is to the platform, by its label."""
        return self.metadata.get("labels").get(_COMPONENT_LABEL).text()

    def is_model_server(self) -> bool:
        """Whether the pod serves a model."""
        return self.component() == _MODEL_SERVER

    def runs_to_completion(self) -> bool:
        """Whether the pod ends by itself, so that nobody waits for it to be ready."""
        if self.owner.name in _RUN_TO_COMPLETION_KINDS:
            return True
        return self.spec.get("restartPolicy").text() in _RUN_TO_COMPLETION_RESTARTS


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod."""

    node: Node
    pod: Pod
    kind: ContainerKind

    @property
    def security_context(self) -> Node:
        """The container's own security context."""
        return self.node.get("securityContext")

    def is_sidecar(self) -> bool:
        """Whether this is an init container that keeps running alongside the others."""
        return self.kind is ContainerKind.INIT and self.node.get("restartPolicy").text() == "Always"


def pods_of(kind: Kind, properties: Node) -> tuple[Pod, ...]:
    """Every pod that an object of ``kind`` carries.

    Never raises: a place that cannot be read becomes a pod that cannot be read, and every rule reports that.
    """
    if kind.group in BUILT_IN_WORKLOAD_GROUPS and kind.name in _POD_LOCATIONS:
        template = properties.at(*_POD_LOCATIONS[kind.name])
        return (Pod(template.at("metadata"), template.at("spec"), kind),)
    if kind.name in _WITHOUT_PODS or kind.group.endswith(_GROUPS_WITHOUT_PODS):
        return ()
    return tuple(_custom_pods(kind, properties))


def _custom_pods(kind: Kind, properties: Node) -> Iterator[Pod]:
    for found in pod_specs(properties):
        # Built-in kinds without a pod have fields of the same names, such as a ServiceAccount's imagePullSecrets.
        if not found.is_partial or kind.group not in BUILT_IN_WORKLOAD_GROUPS:
            outside = containers_outside_lists(found.spec) if found.is_partial else ()
            yield Pod(found.metadata, found.spec, kind, found.is_partial, outside)
