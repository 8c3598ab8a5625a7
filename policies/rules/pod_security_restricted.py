"""P06 in its strict form and P11 to P15: what the Pod Security Standard "restricted" adds to "baseline".

The truth is Kubernetes' own evaluator, as for the baseline. A remediation only fills in what is missing: a value that
someone wrote down is refused, not overruled.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from node import Node
from remediation import Change, fill_in_containers, fill_in_pods
from rule import Rule, Severity, Violation, all_of, by_id, for_containers, for_parts, for_pods
from rules import pod_security_baseline as baseline
from workloads import Container, Pod

_VOLUME_TYPES = (
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
)
# As account names are, without regard to case.
_WINDOWS_ROOT = re.compile(r"(?:.*\\)?(?:ContainerAdministrator|Administrator|SYSTEM)", re.IGNORECASE)
_RUNTIME_DEFAULT = {"type": "RuntimeDefault"}


def _drops_all(container: Container) -> Iterator[Violation]:
    drop = _capabilities(container).get("drop")
    if not container.pod.is_windows() and not _names_all(drop):
        yield Violation.of(drop)


def _adds_little(container: Container) -> Iterator[Violation]:
    if container.pod.is_windows():
        return
    for capability in _capabilities(container).get("add").items():
        if capability.text() != "NET_BIND_SERVICE":
            yield Violation.of(capability, "Remove the capability from securityContext.capabilities.add.")


def _drop_all(container: Container) -> Iterator[Change]:
    drop = _capabilities(container).get("drop")
    if not _names_all(drop):
        yield Change(drop.path, [*(capability.text() for capability in drop.items()), "ALL"])


def _capabilities(container: Container) -> Node:
    return container.security_context.get("capabilities")


def _names_all(drop: Node) -> bool:
    return any(capability.text() == "ALL" for capability in drop.items())


def _no_escalation(container: Container) -> Iterator[Violation]:
    allow = container.security_context.get("allowPrivilegeEscalation")
    if not container.pod.is_windows() and allow.boolean() is not False:
        yield Violation.of(allow)


def _forbid_escalation(container: Container) -> Iterator[Change]:
    allow = container.security_context.get("allowPrivilegeEscalation")
    if not allow.is_set():
        yield Change(allow.path, False)


def _pod_is_non_root(pod: Pod) -> Iterator[Violation]:
    if pod.has_user_namespace():
        return
    non_root = pod.security_context.get("runAsNonRoot")
    if non_root.boolean() is False:
        yield Violation.of(non_root)


def _container_is_non_root(container: Container) -> Iterator[Violation]:
    if container.pod.has_user_namespace():
        return
    non_root = container.security_context.get("runAsNonRoot")
    if non_root.boolean() is False:
        yield Violation.of(non_root)
    elif non_root.boolean() is None and container.pod.security_context.get("runAsNonRoot").boolean() is None:
        yield Violation.of(non_root, "Set runAsNonRoot to true in the pod's securityContext.")


def _pod_user(pod: Pod) -> Iterator[Violation]:
    yield from _is_not_root(pod, pod.security_context)


def _container_user(container: Container) -> Iterator[Violation]:
    yield from _is_not_root(container.pod, container.security_context)


def _is_not_root(pod: Pod, security_context: Node) -> Iterator[Violation]:
    account = security_context.get("windowsOptions").get("runAsUserName")
    if _WINDOWS_ROOT.fullmatch(account.text() or ""):
        yield Violation.of(account, "Set windowsOptions.runAsUserName to ContainerUser.")
    user = security_context.get("runAsUser")
    if user.number() == 0 and not pod.has_user_namespace():
        yield Violation.of(user, "Set securityContext.runAsUser to a number above 0, or leave it to the image.")


def _pod_seccomp(pod: Pod) -> Iterator[Violation]:
    if pod.is_windows():
        return
    profile = pod.security_context.get("seccompProfile")
    if profile.is_set() and profile.get("type").text() not in baseline.CONFINED_PROFILES:
        yield Violation.of(profile.get("type"))


def _container_seccomp(container: Container) -> Iterator[Violation]:
    if container.pod.is_windows():
        return
    profile = container.security_context.get("seccompProfile")
    if profile.is_set():
        if profile.get("type").text() not in baseline.CONFINED_PROFILES:
            yield Violation.of(profile.get("type"))
    elif not container.pod.security_context.get("seccompProfile").is_set():
        yield Violation.of(profile, "Set seccompProfile.type to RuntimeDefault in the pod's securityContext.")


def _default_seccomp(pod: Pod) -> Iterator[Change]:
    profile = pod.security_context.get("seccompProfile")
    if not profile.is_set():
        yield Change(profile.path, dict(_RUNTIME_DEFAULT))


def _volume_type(volume: Node) -> Iterator[Violation]:
    types = [key for key, value in volume.entries() if key != "name" and value.is_set()]
    # The API server makes a volume without a type an emptyDir.
    if types and not any(volume_type in _VOLUME_TYPES for volume_type in types):
        yield Violation(volume.path, ", ".join(types))


RULES = (
    replace(by_id(baseline.RULES)["P06"], check=for_containers(baseline.masked_proc)),
    Rule(
        id="P11",
        title="Containers drop all capabilities",
        why="A model server needs no capabilities. Each one that it keeps can help an attacker, such as NET_RAW to "
        "forge packets.",
        severity=Severity.HIGH,
        remedy='Set securityContext.capabilities.drop to ["ALL"].',
        check=for_containers(_drops_all, _adds_little),
        remediate=fill_in_containers(_drop_all),
    ),
    Rule(
        id="P12",
        title="Privilege escalation is disabled",
        why="Otherwise a setuid program in the image gives a process more privileges than its container started with.",
        severity=Severity.HIGH,
        remedy="Set securityContext.allowPrivilegeEscalation to false.",
        check=for_containers(_no_escalation),
        remediate=fill_in_containers(_forbid_escalation),
    ),
    Rule(
        id="P13",
        title="Containers run as non-root",
        why="A root process that escapes its container is root on the node, and it can change every file of its "
        "container until then.",
        severity=Severity.HIGH,
        remedy="Set securityContext.runAsNonRoot to true.",
        check=all_of(for_pods(_pod_is_non_root, _pod_user), for_containers(_container_is_non_root, _container_user)),
    ),
    Rule(
        id="P14",
        title="Seccomp filters every container's system calls",
        why="Kubernetes applies no seccomp filter unless a pod asks for one. The container runtime's default filter "
        "blocks system calls that containers do not need and that exploits of the kernel do.",
        severity=Severity.HIGH,
        remedy="Set securityContext.seccompProfile.type to RuntimeDefault.",
        check=all_of(for_pods(_pod_seccomp), for_containers(_container_seccomp)),
        remediate=fill_in_pods(_default_seccomp),
    ),
    Rule(
        id="P15",
        title="Only volume types that do not access the node",
        why="Other volume types reach into the node, or bypass the storage that the cluster's administrators provide.",
        severity=Severity.HIGH,
        remedy="Use one of " + ", ".join(_VOLUME_TYPES) + ".",
        check=for_parts([baseline.volumes], _volume_type),
    ),
)
