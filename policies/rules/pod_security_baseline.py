"""P01 to P10, and the baseline forms of P11 and P14: the Pod Security Standard "baseline".

The truth is Kubernetes' own evaluator (module k8s.io/pod-security-admission, package policy, as of 1.35); the tests
hold these rules to every one of its cases.
"""

from collections.abc import Callable, Iterator

from node import Node
from rule import Rule, Severity, Violation, all_of, for_containers, for_parts, for_pods, for_security_contexts
from workloads import Container, Pod

_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
CONFINED_PROFILES = ("RuntimeDefault", "Localhost")
_SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_DEFAULT_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
_SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)


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


def _sysctls(pod: Pod) -> Iterator[Violation]:
    for sysctl in pod.security_context.get("sysctls").items():
        if sysctl.get("name").text() not in _SAFE_SYSCTLS:
            yield Violation.of(sysctl.get("name"))


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
        if capability.text() not in _DEFAULT_CAPABILITIES:
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
        severity=Severity.CRITICAL,
        remedy="Set securityContext.privileged to false, or leave it out.",
        check=for_containers(_privileged),
    ),
    Rule(
        id="P02",
        title="Pods share no namespace with their node",
        severity=Severity.CRITICAL,
        remedy="Leave hostNetwork, hostPID and hostIPC out of the pod spec.",
        check=for_pods(*(_no_host_namespace(field) for field in ("hostNetwork", "hostPID", "hostIPC"))),
    ),
    Rule(
        id="P03",
        title="Pods mount nothing of their node",
        severity=Severity.CRITICAL,
        remedy="Replace volumes[].hostPath by a persistentVolumeClaim, emptyDir, configMap or secret.",
        check=for_parts([volumes], _host_path),
    ),
    Rule(
        id="P04",
        title="Containers take no port of their node",
        severity=Severity.HIGH,
        remedy="Leave ports[].hostPort out, and put a Service in front.",
        check=for_containers(_host_ports),
    ),
    Rule(
        id="P05",
        title="No Windows HostProcess",
        severity=Severity.CRITICAL,
        remedy="Set securityContext.windowsOptions.hostProcess to false, or leave it out.",
        check=for_security_contexts(_host_process),
    ),
    Rule(
        id="P06",
        title="/proc stays masked",
        severity=Severity.HIGH,
        remedy="Set securityContext.procMount to Default, or leave it out.",
        check=for_containers(_masked_proc_unless_user_namespace),
    ),
    Rule(
        id="P07",
        title="SELinux confines the container",
        severity=Severity.HIGH,
        remedy="Set securityContext.seLinuxOptions.type to container_t, or leave it out.",
        check=for_security_contexts(_selinux),
    ),
    Rule(
        id="P08",
        title="AppArmor confines the container",
        severity=Severity.HIGH,
        remedy="Set securityContext.appArmorProfile.type to RuntimeDefault, or leave the profile out.",
        check=all_of(for_security_contexts(_apparmor), for_pods(_apparmor_annotations)),
    ),
    Rule(
        id="P09",
        title="Only safe sysctls",
        severity=Severity.HIGH,
        remedy="Remove the entry from the pod's securityContext.sysctls.",
        check=for_pods(_sysctls),
    ),
    Rule(
        id="P10",
        title="Probes and lifecycle hooks call no other host",
        severity=Severity.MEDIUM,
        remedy="Leave host out of the httpGet or tcpSocket action: the pod itself is called.",
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
        severity=Severity.HIGH,
        remedy="Remove the capability from securityContext.capabilities.add.",
        check=for_containers(_default_capabilities),
    ),
    Rule(
        id="P14",
        title="Seccomp is not switched off",
        severity=Severity.HIGH,
        remedy="Set securityContext.seccompProfile.type to RuntimeDefault.",
        check=for_security_contexts(_seccomp),
    ),
)
