"""Directories of a node that a PersistentVolume would bring into pods."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from rule import Violation
from subject import Resource

# Directories that make a node what it is; those of its kubelet hold the credentials and volumes of its pods.
_OF_THE_NODE = (
    *("/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin", "/sys"),
    *("/usr", "/var/lib/containerd", "/var/lib/docker", "/var/lib/etcd", "/var/lib/kubelet", "/var/log", "/var/run"),
)


def persistent_host_path(volume: Resource) -> Iterator[Violation]:
    """What a claim would bring into a pod that may not mount it itself; a local volume may be a disk of its own."""
    spec = volume.properties.get("spec")
    if spec.get("hostPath").is_set():
        yield Violation.of(spec.get("hostPath").get("path"), "Use a storage class, or local with a disk of its own.")
    local = spec.get("local").get("path")
    if local.text() and _is_of_the_node(PurePosixPath(local.text() or "")):
        yield Violation.of(local, "Set local.path to where a disk of its own is mounted.")


def _is_of_the_node(path: PurePosixPath) -> bool:
    return path == PurePosixPath("/") or any(path.is_relative_to(each) for each in _OF_THE_NODE) or ".." in path.parts
