"""AMD's device plug-in, which offers Instinct cards to pods.

Source: https://github.com/ROCm/k8s-device-plugin (helm/amd-gpu)
"""

from pulumi_kubernetes import core

from components.accelerators import pools_of
from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests.agent import Agent
from components.gpu_software.manifests.amd_metrics_exporter import HEALTH
from components.gpu_software.manifests.parts import DEVICE_PLUGINS, amounts, host_path, mount, root
from settings import Vendor

_HEALTH_SECONDS = 30


def agent(name: str, args: GpuSoftwareArgs) -> Agent:
    """The plug-in on the nodes of all of AMD's pools. It queries the health of the cards from the metrics exporter."""
    plugin = core.v1.ContainerArgs(
        name="plugin",
        image=args.images[Vendor.AMD].device_plugin,
        command=["./k8s-device-plugin"],
        working_dir="/root",
        args=["-logtostderr=true", f"-pulse={_HEALTH_SECONDS}"],
        resources=amounts("50m", "128Mi"),
        security_context=root(),
        volume_mounts=[
            mount("device-plugins", DEVICE_PLUGINS),
            mount("sys", "/sys", read_only=True),
            mount("health", HEALTH),
        ],
    )
    return Agent(
        name=f"{name}-amd-device-plugin",
        vendor=Vendor.AMD,
        pools=pools_of(Vendor.AMD, args.pools),
        containers=[plugin],
        volumes=[
            host_path("device-plugins", DEVICE_PLUGINS),
            host_path("sys", "/sys"),
            host_path("health", HEALTH, "DirectoryOrCreate"),
        ],
    )
