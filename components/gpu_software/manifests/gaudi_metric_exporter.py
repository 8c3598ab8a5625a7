"""Intel's metric exporter for Gaudi cards.

Upstream runs it in the node's network. Here it has one of its own, so that its port is not open on the node.

Source: https://docs.habana.ai/en/latest/Orchestration/Prometheus_Metric_Exporter.html
"""

from pulumi_kubernetes import core

from components.accelerators import pools_of
from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests.agent import Agent
from components.gpu_software.manifests.parts import (
    POD_RESOURCES,
    amounts,
    answers,
    host_path,
    metrics_port,
    mount,
    privileged,
)
from settings import Vendor

PORT = 41611
_NODE = {"dev": "/dev", "pod-resources": POD_RESOURCES}


def agent(name: str, args: GpuSoftwareArgs) -> Agent:
    """The exporter on the nodes of all of Intel's pools."""
    exporter = core.v1.ContainerArgs(
        name="exporter",
        image=args.images[Vendor.INTEL].exporter,
        args=["--port", str(PORT)],
        ports=[metrics_port(PORT)],
        readiness_probe=answers("/metrics"),
        liveness_probe=answers("/metrics"),
        resources=amounts("100m", "256Mi"),
        security_context=privileged(),
        volume_mounts=[mount(volume, path) for volume, path in _NODE.items()],
    )
    return Agent(
        name=f"{name}-gaudi-metric-exporter",
        vendor=Vendor.INTEL,
        pools=pools_of(Vendor.INTEL, args.pools),
        containers=[exporter],
        volumes=[host_path(volume, path) for volume, path in _NODE.items()],
        metrics_port=PORT,
    )
