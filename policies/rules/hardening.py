"""P16 and P17: hardening beyond the Pod Security Standards (NSA/CISA Kubernetes Hardening Guide)."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from node import Node
from rule import Rule, Severity, Violation, all_of, for_containers, for_kinds, for_parts
from rules.pod_security_baseline import volumes
from subject import Resource
from workloads import Container

_RUNTIME_SOCKETS = tuple(
    PurePosixPath(path)
    for path in (
        "/run/containerd/containerd.sock",
        "/run/cri-dockerd.sock",
        "/run/crio/crio.sock",
        "/run/docker.sock",
        "/run/k3s/containerd/containerd.sock",
        "/run/podman/podman.sock",
    )
)
_VAR_RUN = PurePosixPath("/var/run")


def _read_only_root(container: Container) -> Iterator[Violation]:
    # Windows cannot do it, and the API server refuses the field there.
    read_only = container.security_context.get("readOnlyRootFilesystem")
    if not container.pod.is_windows() and read_only.boolean() is not True:
        yield Violation.of(read_only)


def _volume_holds_socket(volume: Node) -> Iterator[Violation]:
    yield from _holds_socket(volume.get("hostPath").get("path"))


def _persistent_volume_holds_socket(resource: Resource) -> Iterator[Violation]:
    spec = resource.properties.get("spec")
    for source in ("hostPath", "local"):
        yield from _holds_socket(spec.get(source).get("path"))


def _holds_socket(path: Node) -> Iterator[Violation]:
    """A mounted directory opens the sockets below it as well."""
    if not path.text():
        return
    # /var/run is a link to /run on every Linux that a node runs.
    host_path = PurePosixPath(path.text() or "")
    if host_path.is_relative_to(_VAR_RUN):
        host_path = PurePosixPath("/run") / host_path.relative_to(_VAR_RUN)
    is_socket = host_path.suffix == ".sock" and host_path.name in {socket.name for socket in _RUNTIME_SOCKETS}
    if is_socket or any(socket.is_relative_to(host_path) for socket in (*_RUNTIME_SOCKETS, _VAR_RUN)):
        yield Violation.of(path)


RULES = (
    Rule(
        id="P16",
        title="Root file systems are read-only",
        why="A process that cannot write to its image cannot replace its program or leave tools behind: what runs is "
        "what was scanned.",
        severity=Severity.MEDIUM,
        remedy="Set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the process writes.",
        check=for_containers(_read_only_root),
    ),
    Rule(
        id="P17",
        title="The container runtime's socket is not mounted",
        why="The socket can start any container with any privileges, so access to it is as good as root on the node.",
        severity=Severity.CRITICAL,
        remedy="Remove the volume: access to the socket is root access to the node. Use the Kubernetes API instead.",
        check=all_of(
            for_parts([volumes], _volume_holds_socket),
            for_kinds(["core/PersistentVolume"], _persistent_volume_holds_socket),
        ),
    ),
)
