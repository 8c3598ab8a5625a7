"""The API servers that an object starts, and their flags."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from node import Node
from subject import Resource
from workloads import Container, ContainerKind

_KUBEADM_CLUSTER = ("kubeadmConfigSpec", "clusterConfiguration", "apiServer")
_CONTROL_PLANES: Mapping[str, tuple[str, ...]] = {
    "controlplane.cluster.x-k8s.io/KubeadmControlPlane": ("spec", *_KUBEADM_CLUSTER),
    "controlplane.cluster.x-k8s.io/KubeadmControlPlaneTemplate": ("spec", "template", "spec", *_KUBEADM_CLUSTER),
}


@dataclass(frozen=True)
class ApiServer:
    """An API server: its flags without dashes, and the place where flags are given."""

    flags: Mapping[str, Node]
    place: Node
    owner: Resource

    def flag(self, name: str) -> Node:
        """The flag's value; absent at the place where flags are given."""
        return self.flags.get(name, Node(None, (*self.place.path, name)))


def api_servers(resource: Resource) -> Iterator[ApiServer]:
    """The API servers in the pods of ``resource``, and those that Cluster API makes of it; raises UnreadableError."""
    if resource.kind_name in _CONTROL_PLANES:
        arguments = resource.properties.at(*_CONTROL_PLANES[resource.kind_name]).get("extraArgs")
        yield ApiServer(_extra_arguments(arguments), arguments, resource)
        return
    for pod in resource.pods:
        for container in pod.containers(ContainerKind.APP):
            words = [word for field in ("command", "args") for word in container.node.get(field).items()]
            if words and (words[0].text() or "").rpartition("/")[2] == "kube-apiserver":
                yield ApiServer(dict(map(_flag, words[1:])), _place(container), resource)


def _extra_arguments(arguments: Node) -> dict[str, Node]:
    """An object by name, or, since Cluster API's v1beta2, a list of names and values."""
    if isinstance(arguments.value, list):
        return {item.get("name").text() or "": item.get("value") for item in arguments.items()}
    return dict(arguments.entries())


def _flag(word: Node) -> tuple[str, Node]:
    name, _, value = (word.text() or "").lstrip("-").partition("=")
    return name, Node(value, word.path)


def _place(container: Container) -> Node:
    arguments = container.node.get("args")
    return arguments if arguments.items() else container.node.get("command")
