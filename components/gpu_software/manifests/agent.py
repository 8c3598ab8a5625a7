"""A vendor's program that runs on every node of some pools: what all of them have in common.

They speak to the kubelet and to devices, so they are root on their node. None of them asks for a device.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pulumi_kubernetes import apps, core

from components.accelerators import pool_affinity, pool_tolerations
from components.gpu_software.args import GpuSoftwareArgs
from components.metadata import (
    API_TOKEN_REASON,
    CONFIGURATION_DIGEST_ANNOTATION,
    NODE_AGENT,
    SKIP_AWAIT_ANNOTATION,
    configuration_digest,
    object_metadata,
    pod_metadata,
    select,
)
from settings import GpuPool, Vendor

METRICS_PORT_NAME = "metrics"


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A program on the nodes of ``pools``, which are one vendor's.

    ``files`` are the data of the ConfigMaps that it reads at its start. With ``reads_node`` it may read nodes; its
    containers mount the token for that themselves. They see each other's processes, or all of the node, by
    ``sees_processes_of``. Without ``metrics_port`` nobody calls it.
    """

    name: str
    vendor: Vendor
    pools: Sequence[GpuPool]
    containers: Sequence[core.v1.ContainerArgs]
    volumes: Sequence[core.v1.VolumeArgs]
    init_containers: Sequence[core.v1.ContainerArgs] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    reads_node: bool = False
    sees_processes_of: Literal["container", "pod", "node"] = "container"
    metrics_port: int | None = None

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels that select its pods."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/component": NODE_AGENT}


def daemon_set(agent: Agent, args: GpuSoftwareArgs) -> apps.v1.DaemonSetInitArgs:
    """A pod of ``agent`` on every node of its pools, and on no other."""
    architectures = args.images[agent.vendor].architectures
    return apps.v1.DaemonSetInitArgs(
        metadata=object_metadata(agent.name, args.software.namespace, labels=agent.labels),
        spec=apps.v1.DaemonSetSpecArgs(
            selector=select(agent.labels),
            template=core.v1.PodTemplateSpecArgs(
                metadata=pod_metadata(agent.labels, _annotations(agent)),
                spec=core.v1.PodSpecArgs(
                    service_account_name=agent.name,
                    automount_service_account_token=False,
                    enable_service_links=False,
                    # Before all models: without it their node has no devices.
                    priority_class_name="system-node-critical",
                    runtime_class_name=args.software.runtime_class if agent.vendor is Vendor.NVIDIA else None,
                    security_context=core.v1.PodSecurityContextArgs(
                        seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault")
                    ),
                    share_process_namespace=agent.sees_processes_of == "pod" or None,
                    host_pid=agent.sees_processes_of == "node" or None,
                    affinity=core.v1.AffinityArgs(node_affinity=pool_affinity(agent.pools, architectures)),
                    tolerations=pool_tolerations(agent.vendor, agent.pools),
                    init_containers=[*agent.init_containers],
                    containers=[*agent.containers],
                    volumes=[*agent.volumes],
                ),
            ),
        ),
    )


def _annotations(agent: Agent) -> Mapping[str, str] | None:
    digest = {CONFIGURATION_DIGEST_ANNOTATION: configuration_digest(agent.files)} if agent.files else {}
    reason = {API_TOKEN_REASON: "It reads the label of its node."} if agent.reads_node else {}
    return {**digest, **reason} or None


def service(agent: Agent, port: int, args: GpuSoftwareArgs) -> core.v1.ServiceInitArgs:
    """Where ``agent`` serves its metrics; headless, because every pod is a target of its own."""
    return core.v1.ServiceInitArgs(
        metadata=object_metadata(
            agent.name,
            args.software.namespace,
            labels=agent.labels,
            # A pool that has no node yet has no exporter.
            annotations={SKIP_AWAIT_ANNOTATION: "true"},
        ),
        spec=core.v1.ServiceSpecArgs(
            cluster_ip="None",
            selector=dict(agent.labels),
            ports=[core.v1.ServicePortArgs(name=METRICS_PORT_NAME, port=port, target_port=METRICS_PORT_NAME)],
        ),
    )
