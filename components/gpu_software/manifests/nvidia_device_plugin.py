"""NVIDIA's device plug-in, which offers a pool's cards to pods as the pool shares them.

Source: https://github.com/NVIDIA/k8s-device-plugin (deployments/helm/nvidia-device-plugin)
"""

from pulumi_kubernetes import core

from components.accelerators import pools_of
from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests import configuration, node_configuration
from components.gpu_software.manifests.agent import Agent
from components.gpu_software.manifests.mps_control_daemon import MPS_ROOT, SHARED_MEMORY, mps_pools
from components.gpu_software.manifests.parts import DEVICE_PLUGINS, amounts, host_path, mount, root, value
from settings import Vendor

_PROCESS = "nvidia-device-plugin"


def agent(name: str, args: GpuSoftwareArgs) -> Agent:
    """The plug-in on the nodes of all of NVIDIA's pools."""
    image = args.images[Vendor.NVIDIA].device_plugin
    pools = pools_of(Vendor.NVIDIA, args.pools)
    mps = [
        host_path("mps-root", MPS_ROOT, "DirectoryOrCreate"),
        host_path("mps-memory", SHARED_MEMORY, "DirectoryOrCreate"),
    ]
    return Agent(
        name=f"{name}-nvidia-device-plugin",
        vendor=Vendor.NVIDIA,
        pools=pools,
        init_containers=[node_configuration.chooser(image)],
        containers=[_plugin(image, args), node_configuration.watcher(image, _PROCESS)],
        volumes=[
            host_path("device-plugins", DEVICE_PLUGINS),
            *node_configuration.volumes(f"{name}-sharing"),
            *(mps if mps_pools(args) else []),
        ],
        files=configuration.sharing_files(args),
        reads_node=True,
        sees_processes_of="pod",
    )


def _plugin(image: str, args: GpuSoftwareArgs) -> core.v1.ContainerArgs:
    partitioned = any(pool.sharing.profiles for pool in pools_of(Vendor.NVIDIA, args.pools))
    environment = {
        "CONFIG_FILE": node_configuration.CONFIGURATION_FILE,
        "NVIDIA_VISIBLE_DEVICES": "all",
        "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
        **({"MPS_ROOT": MPS_ROOT} if mps_pools(args) else {}),
        # To see how cards are cut takes the capability below too.
        **({"NVIDIA_MIG_MONITOR_DEVICES": "all"} if partitioned else {}),
    }
    mps = [mount("mps-root", "/mps"), mount("mps-memory", "/dev/shm")]  # noqa: S108 - how the plug-in sees the daemon
    return core.v1.ContainerArgs(
        name="plugin",
        image=image,
        command=[_PROCESS],
        env=[value(key, text) for key, text in environment.items()],
        resources=amounts("50m", "128Mi"),
        security_context=root(*(["SYS_ADMIN"] if partitioned else [])),
        volume_mounts=[
            mount("device-plugins", DEVICE_PLUGINS),
            *node_configuration.mounts(),
            *(mps if mps_pools(args) else []),
        ],
    )
