"""NVIDIA's DCGM exporter: what each GPU does, by the pod that has it.

Source: https://github.com/NVIDIA/dcgm-exporter (deployment)
"""

from pulumi_kubernetes import core

from components.accelerators import pools_of
from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests import configuration
from components.gpu_software.manifests.agent import Agent
from components.gpu_software.manifests.parts import (
    POD_RESOURCES,
    amounts,
    answers,
    host_path,
    metrics_port,
    mount,
    node_name,
    root,
    value,
)
from components.security import scratch_mount, scratch_volume
from settings import Vendor

PORT = 9400
_DIRECTORY = "/etc/inference/counters"


def agent(name: str, args: GpuSoftwareArgs) -> Agent:
    """The exporter on the nodes of all of NVIDIA's pools."""
    exporter = core.v1.ContainerArgs(
        name="exporter",
        image=args.images[Vendor.NVIDIA].exporter,
        args=["-f", f"{_DIRECTORY}/{configuration.COUNTERS_FILE}"],
        env=[
            value("DCGM_EXPORTER_LISTEN", f":{PORT}"),
            # Queries the kubelet for which pod has which device.
            value("DCGM_EXPORTER_KUBERNETES", "true"),
            node_name("NODE_NAME"),
        ],
        ports=[metrics_port(PORT)],
        readiness_probe=answers("/health"),
        liveness_probe=answers("/health"),
        resources=amounts("100m", "512Mi"),
        # Root reaches the kubelet's socket. It needs no capability, as no field of profiling is asked for.
        security_context=root(),
        volume_mounts=[
            mount("pod-resources", POD_RESOURCES, read_only=True),
            mount("counters", _DIRECTORY, read_only=True),
            scratch_mount(),
        ],
    )
    return Agent(
        name=f"{name}-dcgm-exporter",
        vendor=Vendor.NVIDIA,
        pools=pools_of(Vendor.NVIDIA, args.pools),
        containers=[exporter],
        volumes=[
            host_path("pod-resources", POD_RESOURCES),
            core.v1.VolumeArgs(name="counters", config_map=core.v1.ConfigMapVolumeSourceArgs(name=f"{name}-counters")),
            scratch_volume(),
        ],
        files=configuration.counter_files(),
        metrics_port=PORT,
    )
