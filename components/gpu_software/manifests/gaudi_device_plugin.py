"""Intel's device plug-in, which offers Gaudi cards to pods.

Source: https://docs.habana.ai/en/latest/Installation_Guide/Additional_Installation/Kubernetes_Installation/
"""

from pulumi_kubernetes import core

from components.accelerators import pools_of
from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests.agent import Agent
from components.gpu_software.manifests.parts import DEVICE_PLUGINS, amounts, host_path, mount, privileged
from settings import Vendor


def agent(name: str, args: GpuSoftwareArgs) -> Agent:
    """The plug-in on the nodes of all of Intel's pools."""
    plugin = core.v1.ContainerArgs(
        name="plugin",
        image=args.images[Vendor.INTEL].device_plugin,
        resources=amounts("50m", "128Mi"),
        security_context=privileged(),
        volume_mounts=[mount("device-plugins", DEVICE_PLUGINS)],
    )
    return Agent(
        name=f"{name}-gaudi-device-plugin",
        vendor=Vendor.INTEL,
        pools=pools_of(Vendor.INTEL, args.pools),
        containers=[plugin],
        volumes=[host_path("device-plugins", DEVICE_PLUGINS)],
    )
