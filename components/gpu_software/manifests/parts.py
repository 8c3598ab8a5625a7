"""Parts of the agents' pods: containers' rights and amounts, the node's directories, the metrics port."""

from pulumi_kubernetes import core

from components.gpu_software.manifests.agent import METRICS_PORT_NAME

DEVICE_PLUGINS = "/var/lib/kubelet/device-plugins"
POD_RESOURCES = "/var/lib/kubelet/pod-resources"


def root(*capabilities: str) -> core.v1.SecurityContextArgs:
    """Root with no more than ``capabilities``, that changes nothing of its image."""
    return core.v1.SecurityContextArgs(
        allow_privilege_escalation=False,
        capabilities=core.v1.CapabilitiesArgs(drop=["ALL"], add=[*capabilities] or None),
        read_only_root_filesystem=True,
        run_as_user=0,
    )


def privileged() -> core.v1.SecurityContextArgs:
    """Everything that root on the node may do: nothing less gives a container all devices of its node."""
    return core.v1.SecurityContextArgs(privileged=True)


def amounts(cpu: str, memory: str) -> core.v1.ResourceRequirementsArgs:
    """What a container gets, no more and no less."""
    return core.v1.ResourceRequirementsArgs(
        requests={"cpu": cpu, "memory": memory}, limits={"cpu": cpu, "memory": memory}
    )


def host_path(name: str, path: str, kind: str | None = "Directory") -> core.v1.VolumeArgs:
    """A directory of the node."""
    return core.v1.VolumeArgs(name=name, host_path=core.v1.HostPathVolumeSourceArgs(path=path, type=kind))


def mount(name: str, path: str, *, read_only: bool | None = None) -> core.v1.VolumeMountArgs:
    """A volume of the pod in a container."""
    return core.v1.VolumeMountArgs(name=name, mount_path=path, read_only=read_only)


def value(name: str, text: str) -> core.v1.EnvVarArgs:
    """A variable."""
    return core.v1.EnvVarArgs(name=name, value=text)


def node_name(variable: str) -> core.v1.EnvVarArgs:
    """The name of the node in a variable."""
    source = core.v1.EnvVarSourceArgs(field_ref=core.v1.ObjectFieldSelectorArgs(field_path="spec.nodeName"))
    return core.v1.EnvVarArgs(name=variable, value_from=source)


def metrics_port(number: int) -> core.v1.ContainerPortArgs:
    """The port of the metrics."""
    return core.v1.ContainerPortArgs(name=METRICS_PORT_NAME, container_port=number)


def answers(path: str) -> core.v1.ProbeArgs:
    """Whether the metrics port answers; the time-out is that of a card that is slow to tell its state."""
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=path, port=METRICS_PORT_NAME),
        period_seconds=30,
        timeout_seconds=10,
        failure_threshold=4,
    )
