"""P01 to P17: the Pod Security Standard "restricted" and the hardening beyond it, as the policy pack has them."""

from components.admission_policies import cel
from components.admission_policies.pods import containers, security_contexts, volumes
from components.admission_policies.rule import Check, Rule

_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_IS_WINDOWS_ROOT = cel.matches(
    's.?windowsOptions.?runAsUserName.orValue("")', r"(?i)^(?:.*\\)?(?:ContainerAdministrator|Administrator|SYSTEM)$"
)
_IS_ONE_VALUE = cel.matches('s.?value.orValue("")', r"^[\w.: \t,/-]*$")
_SAFE_SYSCTLS = (
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
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
)
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
_HANDLERS = ("?livenessProbe", "?readinessProbe", "?startupProbe", "?lifecycle.?postStart", "?lifecycle.?preStop")

# A mounted directory opens the sockets below it as well; /var/run is a link to /run.
_RUNTIME_SOCKETS = (
    r"^/+(?:(?:var/+)?run(?:/+(?:containerd|crio|k3s(?:/+containerd)?|podman))?|var)?/*$"
    r"|/(?:containerd|cri-dockerd|crio|docker|podman)\.sock/*$"
)

_CONFINED = 'in ["RuntimeDefault", "Localhost"]'
_REMOVE_CAPABILITY = "Remove the capability from securityContext.capabilities.add."
_NOT_ROOT = "Set securityContext.runAsUser to a number above 0, or leave it to the image."


def _own(field: str) -> str:
    return f"c.?securityContext.?{field}"


def _of_pod(field: str) -> str:
    return f"variables.spec.?securityContext.?{field}"


RULES = (
    Rule(
        id="P01",
        title="Containers are not privileged",
        remedy="Set securityContext.privileged to false, or remove it.",
        checks=(Check(containers(f"{_own('privileged')}.orValue(false)")),),
    ),
    Rule(
        id="P02",
        title="Pods do not share host namespaces",
        remedy="Remove hostNetwork, hostPID and hostIPC from the pod spec.",
        checks=(Check('["hostNetwork", "hostPID", "hostIPC"].filter(f, variables.spec[?f].orValue(false))'),),
    ),
    Rule(
        id="P03",
        title="Pods do not mount host paths",
        remedy="Replace volumes[].hostPath by a persistentVolumeClaim, emptyDir, configMap or secret.",
        checks=(Check(volumes("has(v.hostPath)")),),
    ),
    Rule(
        id="P04",
        title="Containers do not use host ports",
        remedy="Remove ports[].hostPort, and use a Service.",
        checks=(Check(containers("c.?ports.orValue([]).exists(p, p.?hostPort.orValue(0) != 0)")),),
    ),
    Rule(
        id="P05",
        title="No Windows HostProcess",
        remedy="Set securityContext.windowsOptions.hostProcess to false, or remove it.",
        checks=(Check(security_contexts("s.?windowsOptions.?hostProcess.orValue(false)")),),
    ),
    Rule(
        id="P06",
        title="/proc stays masked",
        remedy="Set securityContext.procMount to Default, or remove it.",
        checks=(Check(containers(f'{_own("procMount")}.orValue("Default") != "Default"')),),
    ),
    Rule(
        id="P07",
        title="SELinux confines the container",
        remedy="Set securityContext.seLinuxOptions.type to container_t, or remove it.",
        checks=(
            Check(security_contexts(f'!(s.?seLinuxOptions.?type.orValue("") in {cel.texts(_SELINUX_TYPES)})')),
            Check(
                security_contexts('["user", "role"].exists(f, s.?seLinuxOptions[?f].orValue("") != "")'),
                "Leave it out: the container runtime chooses it.",
            ),
        ),
    ),
    Rule(
        id="P08",
        title="AppArmor confines the container",
        remedy="Set securityContext.appArmorProfile.type to RuntimeDefault, or remove the profile.",
        checks=(
            Check(security_contexts(f"has(s.appArmorProfile) && !(s.appArmorProfile.type {_CONFINED})")),
            Check(
                f"variables.annotations.filter(k, k.startsWith({cel.text(_APPARMOR_ANNOTATION)}) && !(variables"
                '.annotations[k] in ["", "runtime/default"] || variables.annotations[k].startsWith("localhost/")))',
                "Remove the annotation, or set it to runtime/default.",
            ),
        ),
    ),
    Rule(
        id="P09",
        title="Only safe sysctls",
        remedy="Remove the entry from the pod's securityContext.sysctls.",
        checks=(
            Check(f"{_of_pod('sysctls')}.orValue([]).map(s, s.name).filter(s, !(s in {cel.texts(_SAFE_SYSCTLS)}))"),
            Check(
                f"{_of_pod('sysctls')}.orValue([]).filter(s, !{_IS_ONE_VALUE}).map(s, s.name)",
                "Set the value to a number, or a list of numbers.",
            ),
        ),
    ),
    Rule(
        id="P10",
        title="Probes and lifecycle hooks call no other host",
        remedy="Remove host from the httpGet or tcpSocket action, so that it calls the pod itself.",
        checks=(
            Check(
                containers(
                    f"[{', '.join(f'c.{handler}' for handler in _HANDLERS)}].exists(h, "
                    'h.?httpGet.?host.orValue("") != "" || h.?tcpSocket.?host.orValue("") != "")'
                )
            ),
        ),
    ),
    Rule(
        id="P11",
        title="Containers drop all capabilities",
        remedy='Set securityContext.capabilities.drop to ["ALL"].',
        checks=(
            Check(containers(f'!variables.isWindows && !("ALL" in {_own("capabilities.?drop")}.orValue([]))')),
            Check(
                containers(
                    f"!variables.isWindows && {_own('capabilities.?add')}.orValue([])"
                    '.exists(capability, capability != "NET_BIND_SERVICE")'
                ),
                _REMOVE_CAPABILITY,
            ),
        ),
    ),
    Rule(
        id="P12",
        title="Privilege escalation is disabled",
        remedy="Set securityContext.allowPrivilegeEscalation to false.",
        checks=(Check(containers(f"!variables.isWindows && {_own('allowPrivilegeEscalation')}.orValue(true)")),),
    ),
    Rule(
        id="P13",
        title="Containers run as non-root",
        remedy="Set securityContext.runAsNonRoot to true.",
        checks=(
            Check(security_contexts("!variables.hasUserNamespace && !s.?runAsNonRoot.orValue(true)")),
            Check(
                containers(
                    f"!variables.hasUserNamespace && !{_own('runAsNonRoot')}.hasValue()"
                    f" && !{_of_pod('runAsNonRoot')}.hasValue()"
                ),
                "Set runAsNonRoot to true in the pod's securityContext.",
            ),
            Check(security_contexts("!variables.hasUserNamespace && s.?runAsUser.orValue(1) == 0"), _NOT_ROOT),
            Check(security_contexts(_IS_WINDOWS_ROOT), "Set windowsOptions.runAsUserName to ContainerUser."),
        ),
    ),
    Rule(
        id="P14",
        title="Seccomp filters every container's system calls",
        remedy="Set securityContext.seccompProfile.type to RuntimeDefault.",
        checks=(
            Check(
                security_contexts(
                    f"!variables.isWindows && has(s.seccompProfile) && !(s.seccompProfile.type {_CONFINED})"
                )
            ),
            Check(
                containers(
                    f"!variables.isWindows && !{_own('seccompProfile')}.hasValue()"
                    f" && !{_of_pod('seccompProfile')}.hasValue()"
                ),
                "Set seccompProfile.type to RuntimeDefault in the pod's securityContext.",
            ),
        ),
    ),
    Rule(
        id="P15",
        title="Only volume types that do not access the node",
        remedy="Use one of " + ", ".join(_VOLUME_TYPES) + ".",
        checks=(Check(volumes(f'v.exists(k, k != "name") && !v.exists(k, k in {cel.texts(_VOLUME_TYPES)})')),),
    ),
    Rule(
        id="P16",
        title="Root file systems are read-only",
        remedy="Set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the process writes.",
        checks=(Check(containers(f"!variables.isWindows && !{_own('readOnlyRootFilesystem')}.orValue(false)")),),
    ),
    Rule(
        id="P17",
        title="The container runtime's socket is not mounted",
        remedy="Remove the volume: access to the socket is root access to the node. Use the Kubernetes API instead.",
        checks=(Check(volumes(f"has(v.hostPath) && {cel.matches('v.hostPath.path', _RUNTIME_SOCKETS)}")),),
    ),
)
