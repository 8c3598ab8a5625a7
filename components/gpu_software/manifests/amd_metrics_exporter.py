"""AMD's device metrics exporter: what each card does, and whether it is healthy.

Source: https://github.com/ROCm/device-metrics-exporter (helm-charts, docs)
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
    node_name,
    privileged,
)
from settings import Vendor

PORT = 5000
HEALTH = "/var/lib/amd-metrics-exporter"
"""Directory of the socket where the device plug-in queries the health of the cards."""

_NODE = {"dev": "/dev", "sys": "/sys", "pod-resources": POD_RESOURCES}


def agent(name: str, args: GpuSoftwareArgs) -> Agent:
    """The exporter on the nodes of all of AMD's pools."""
    exporter = core.v1.ContainerArgs(
        name="exporter",
        image=args.images[Vendor.AMD].exporter,
        env=[node_name("NODE_NAME")],
        ports=[metrics_port(PORT)],
        readiness_probe=answers("/metrics"),
        liveness_probe=answers("/metrics"),
        resources=amounts("500m", "1Gi"),
        security_context=privileged(),
        volume_mounts=[*(mount(volume, path) for volume, path in _NODE.items()), mount("health", HEALTH)],
    )
    return Agent(
        name=f"{name}-amd-metrics-exporter",
        vendor=Vendor.AMD,
        pools=pools_of(Vendor.AMD, args.pools),
        containers=[exporter],
        volumes=[
            *(host_path(volume, path) for volume, path in _NODE.items()),
            host_path("health", HEALTH, "DirectoryOrCreate"),
        ],
        metrics_port=PORT,
    )
