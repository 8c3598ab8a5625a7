"""P01 to P10, and the baseline forms of P11 and P14: the Pod Security Standard "baseline".

The truth is Kubernetes' own evaluator (module k8s.io/pod-security-admission, package policy, as of 1.35); the tests
hold these rules to every one of its cases.
"""

from collections.abc import Callable, Iterator

from host_paths import persistent_host_path
from node import Node
from pod_security_names import DEFAULT_CAPABILITIES
from rule import (
    Rule,
    Severity,
    Violation,
    all_of,
    for_containers,
    for_kinds,
    for_parts,
    for_pods,
    for_security_contexts,
)
from sysctls import unsafe_sysctls
from workloads import Container, Pod

_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
CONFINED_PROFILES = ("RuntimeDefault", "Localhost")
_SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")


def _privileged(container: Container) -> Iterator[Violation]:
    privileged = container.security_context.get("privileged")
    if privileged.boolean():
        yield Violation.of(privileged)


def _no_host_namespace(field: str) -> Callable[[Pod], Iterator[Violation]]:
    def check(pod: Pod) -> Iterator[Violation]:
        shared = pod.spec.get(field)
        if shared.boolean():
            yield Violation.of(shared)

    return check


def volumes(pod: Pod) -> list[Node]:
    """The pod's volumes."""
    return pod.spec.get("volumes").items()


def _host_path(volume: Node) -> Iterator[Violation]:
    host_path = volume.get("hostPath")
    if host_path.is_set():
        yield Violation.of(host_path)


def _host_ports(container: Container) -> Iterator[Violation]:
    for port in container.node.get("ports").items():
        host_port = port.get("hostPort")
        if host_port.number():
            yield Violation.of(host_port)


def _host_process(security_context: Node) -> Iterator[Violation]:
    host_process = security_context.get("windowsOptions").get("hostProcess")
    if host_process.boolean():
        yield Violation.of(host_process)


def masked_proc(container: Container) -> Iterator[Violation]:
    """The strict form of P06, which the restricted standard uses as it is."""
    proc_mount = container.security_context.get("procMount")
    if proc_mount.text() not in (None, "Default"):
        yield Violation.of(proc_mount)


def _masked_proc_unless_user_namespace(container: Container) -> Iterator[Violation]:
    if not container.pod.has_user_namespace():
        yield from masked_proc(container)


def _selinux(security_context: Node) -> Iterator[Violation]:
    options = security_context.get("seLinuxOptions")
    if (options.get("type").text() or "") not in _SELINUX_TYPES:
        yield Violation.of(options.get("type"))
    for field in ("user", "role"):
        if options.get(field).text():
            yield Violation.of(options.get(field), "Leave it out: the container runtime chooses it.")


def _apparmor(security_context: Node) -> Iterator[Violation]:
    yield from _profile(security_context.get("appArmorProfile"))


def _apparmor_annotations(pod: Pod) -> Iterator[Violation]:
    for key, annotation in pod.metadata.get("annotations").entries():
        if not key.startswith(_APPARMOR_ANNOTATION):
            continue
        profile = annotation.text() or ""
        if profile not in ("", "runtime/default") and not profile.startswith("localhost/"):
            yield Violation.of(annotation, "Remove the annotation, or set it to runtime/default.")


def _no_handler_host(*handler_path: str) -> Callable[[Container], Iterator[Violation]]:
    def check(container: Container) -> Iterator[Violation]:
        handler = container.node
        for step in handler_path:
            handler = handler.get(step)
        for action in ("httpGet", "tcpSocket"):
            host = handler.get(action).get("host")
            if host.text():
                yield Violation.of(host)

    return check


def _default_capabilities(container: Container) -> Iterator[Violation]:
    for capability in container.security_context.get("capabilities").get("add").items():
        if capability.text() not in DEFAULT_CAPABILITIES:
            yield Violation.of(capability)


def _seccomp(security_context: Node) -> Iterator[Violation]:
    yield from _profile(security_context.get("seccompProfile"))


def _profile(profile: Node) -> Iterator[Violation]:
    if profile.is_set() and profile.get("type").text() not in CONFINED_PROFILES:
        yield Violation.of(profile.get("type"))


RULES = (
    Rule(
        id="P01",
        title="Containers are not privileged",
        why="A privileged container has every capability and every device of its node. An attacker who takes over its"
        " process is root on the node, and reaches every other pod there.",
        severity=Severity.CRITICAL,
        remedy="Set securityContext.privileged to false, or remove it.",
        check=for_containers(_privileged),
    ),
    Rule(
        id="P02",
        title="Pods do not share host namespaces",
        why="With hostNetwork a pod bypasses network policies and reaches what listens on the node's loopback "
        "address. With hostPID and hostIPC it sees and signals the node's processes and shares their memory.",
        severity=Severity.CRITICAL,
        remedy="Remove hostNetwork, hostPID and hostIPC from the pod spec.",
        check=for_pods(*(_no_host_namespace(field) for field in ("hostNetwork", "hostPID", "hostIPC"))),
    ),
    Rule(
        id="P03",
        title="Pods do not mount host paths",
        why="A hostPath volume exposes the node's files: the kubelet's credentials, the volumes of other pods, and "
        "programs that run as root.",
        severity=Severity.CRITICAL,
        remedy="Replace volumes[].hostPath by a persistentVolumeClaim, emptyDir, configMap or secret.",
        check=all_of(for_parts([volumes], _host_path), for_kinds(["core/PersistentVolume"], persistent_host_path)),
    ),
    Rule(
        id="P04",
        title="Containers do not use host ports",
        why="A host port is reachable at the node's address, past Services and most network policies, and only one "
        "pod on each node can have it.",
        severity=Severity.HIGH,
        remedy="Remove ports[].hostPort, and use a Service.",
        check=for_containers(_host_ports),
    ),
    Rule(
        id="P05",
        title="No Windows HostProcess",
        why="A HostProcess container runs directly on the Windows node, with the node's file system, network and "
        "privileges.",
        severity=Severity.CRITICAL,
        remedy="Set securityContext.windowsOptions.hostProcess to false, or remove it.",
        check=for_security_contexts(_host_process),
    ),
    Rule(
        id="P06",
        title="/proc stays masked",
        why="The container runtime hides the parts of /proc through which a process could read kernel memory or "
        "change kernel settings. Unmasking exposes them again.",
        severity=Severity.HIGH,
        remedy="Set securityContext.procMount to Default, or remove it.",
        check=for_containers(_masked_proc_unless_user_namespace),
    ),
    Rule(
        id="P07",
        title="SELinux confines the container",
        why="The SELinux type limits what a process can touch after it escapes its container. Another type, user or "
        "role can lift that limit.",
        severity=Severity.HIGH,
        remedy="Set securityContext.seLinuxOptions.type to container_t, or remove it.",
        check=for_security_contexts(_selinux),
    ),
    Rule(
        id="P08",
        title="AppArmor confines the container",
        why="AppArmor limits the files and capabilities that a process can use, even as root. Unconfined removes a "
        "protection that the container runtime applies by default.",
        severity=Severity.HIGH,
        remedy="Set securityContext.appArmorProfile.type to RuntimeDefault, or remove the profile.",
        check=all_of(for_security_contexts(_apparmor), for_pods(_apparmor_annotations)),
    ),
    Rule(
        id="P09",
        title="Only safe sysctls",
        why="Some sysctls apply to all pods of a node, so one pod could slow down or break its neighbours.",
        severity=Severity.HIGH,
        remedy="Remove the entry from the pod's securityContext.sysctls.",
        check=for_pods(unsafe_sysctls),
    ),
    Rule(
        id="P10",
        title="Probes and lifecycle hooks call no other host",
        why="The kubelet sends these requests from the node. With another host, a manifest makes the kubelet call "
        "addresses that the pod itself may not reach.",
        severity=Severity.MEDIUM,
        remedy="Remove host from the httpGet or tcpSocket action, so that it calls the pod itself.",
        check=for_containers(
            _no_handler_host("livenessProbe"),
            _no_handler_host("readinessProbe"),
            _no_handler_host("startupProbe"),
            _no_handler_host("lifecycle", "postStart"),
            _no_handler_host("lifecycle", "preStop"),
        ),
    ),
    Rule(
        id="P11",
        title="No capabilities beyond the container runtime's own",
        why="Capabilities such as SYS_ADMIN and NET_ADMIN come close to being root on the node.",
        severity=Severity.HIGH,
        remedy="Remove the capability from securityContext.capabilities.add.",
        check=for_containers(_default_capabilities),
    ),
    Rule(
        id="P14",
        title="Seccomp is not switched off",
        why="Unconfined lets a process make every system call, including those that only exploits of the kernel need.",
        severity=Severity.HIGH,
        remedy="Set securityContext.seccompProfile.type to RuntimeDefault.",
        check=for_security_contexts(_seccomp),
    ),
)
