"""P20 and P21: what is added to pods unseen, and settings that weaken them beside the Pod Security Standards."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

from configuration import Level
from environment import variables
from node import Node
from rule import Rule, Severity, Violation, all_of, for_containers, for_parts, for_pods, for_security_contexts
from rules.pod_security_baseline import volumes
from workloads import Container, ContainerKind, Pod

# What Istio's injection takes from a pod's annotations and puts into the sidecar.
_SIDECAR = tuple(
    f"sidecar.istio.io/{each}" for each in ("bootstrapOverride", "proxyImage", "userVolume", "userVolumeMount")
)
_SIDECAR_OVERRIDES = "proxy.istio.io/overrides"
LOADED_FIRST = ("LD_AUDIT", "LD_PRELOAD")
_OF_IMAGES = tuple(PurePosixPath(each) for each in ("/lib", "/lib64", "/opt", "/usr"))
# Drivers whose volumes are made for one pod, and hold nothing of the node's.
_INLINE_DRIVERS = (
    "csi.cert-manager.io",
    "csi.spiffe.io",
    "image.csi.k8s.io",
    "secrets-store.csi.k8s.io",
    "spiffe.csi.cert-manager.io",
)
_SSH = 22
_WRITE_OR_RUN_BY_OTHERS = 0o003


def _adds_no_sidecar_parts(pod: Pod) -> Iterator[Violation]:
    for name in (*_SIDECAR, _SIDECAR_OVERRIDES):
        annotation = pod.metadata.get("annotations").get(name)
        if annotation.text():
            yield Violation(annotation.path, "parts of the sidecar")


def _loads_from_image(container: Container) -> Iterator[Violation]:
    for entry in variables(container):
        if entry.get("name").text() in LOADED_FIRST and not _is_of_image(entry.get("value").text() or ""):
            remedy = "Remove the variable: every program of the container loads what is there first."
            yield Violation.of(entry.get("value"), remedy)


def _is_of_image(libraries: str) -> bool:
    paths = [PurePosixPath(normpath(each)) for each in libraries.replace(":", " ").split()]
    # Without a directory the loader looks in those of the image.
    return all(len(path.parts) == 1 or any(path.is_relative_to(each) for each in _OF_IMAGES) for path in paths)


def _has_none_for_debugging(pod: Pod) -> Iterator[Violation]:
    containers = pod.spec.get(ContainerKind.EPHEMERAL)
    if containers.items():
        yield Violation(containers.path, f"{len(containers.items())} containers", "Remove ephemeralContainers.")


def _is_not_in_roots_group(security_context: Node) -> Iterator[Violation]:
    remedy = "Set it to a number above 0: files of an image are often open to root's group."
    for group in (security_context.get("runAsGroup"), security_context.get("fsGroup")):
        if group.number() == 0:
            yield Violation.of(group, remedy)
    for group in security_context.get("supplementalGroups").items():
        if group.number() == 0:
            yield Violation.of(group, remedy)


def _driver_is_known(volume: Node) -> Iterator[Violation]:
    driver = volume.get("csi").get("driver")
    if driver.text() and driver.text() not in _INLINE_DRIVERS:
        yield Violation.of(driver, f"Use a claim, or one of {', '.join(_INLINE_DRIVERS)}.")


def _local_storage_is_bounded(pod: Pod) -> Iterator[Violation]:
    containers = [container.node.get("resources").get("limits") for container in pod.containers(ContainerKind.APP)]
    is_bounded = bool(containers) and all(limits.get("ephemeral-storage").is_set() for limits in containers)
    for volume in volumes(pod):
        directory = volume.get("emptyDir")
        if not directory.is_set() or directory.get("sizeLimit").is_set():
            continue
        in_memory = directory.get("medium").text() == "Memory"
        if in_memory or not is_bounded:
            kind = "memory" if in_memory else "disk of the node"
            yield Violation(directory.path, f"{kind} without a limit", "Set emptyDir.sizeLimit.")


def _secret_is_closed(volume: Node) -> Iterator[Violation]:
    secret = volume.get("secret")
    for mode in (secret.get("defaultMode"), *(item.get("mode") for item in secret.get("items").items())):
        if int(mode.number() or 0) & _WRITE_OR_RUN_BY_OTHERS:
            yield Violation.of(mode, "Set the mode to 0440 or 0400.")


def _serves_no_shell(container: Container) -> Iterator[Violation]:
    for port in container.node.get("ports").items():
        if port.get("containerPort").number() == _SSH:
            yield Violation.of(port.get("containerPort"), "Remove the SSH server: kubectl exec is logged.")


RULES = (
    Rule(
        id="P20",
        title="All that runs in a pod is in its containers",
        why="What an annotation, a debugging container or a preloaded library adds is in no field that is judged: a "
        "volume of the node, another image, a program that nobody reviewed.",
        severity=Severity.HIGH,
        remedy="Remove it, and write the container or volume into the pod's spec.",
        check=all_of(for_pods(_adds_no_sidecar_parts, _has_none_for_debugging), for_containers(_loads_from_image)),
    ),
    Rule(
        id="P21",
        title="Pods avoid settings that are known to be weak",
        why="Each of these has helped attackers, or taken a node's memory, where everything else was right.",
        severity=Severity.LOW,
        remedy="Choose the setting that gives less.",
        check=all_of(
            for_security_contexts(_is_not_in_roots_group),
            for_pods(_local_storage_is_bounded),
            for_parts([volumes], _driver_is_known, _secret_is_closed),
            for_containers(_serves_no_shell),
        ),
        level=Level.ADVISORY,
    ),
)
