"""NVIDIA's MPS control daemon, which lets the pods of a card compute side by side.

Source: https://github.com/NVIDIA/k8s-device-plugin (deployments/helm/nvidia-device-plugin)
"""

from pulumi_kubernetes import core

from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests import configuration, node_configuration
from components.gpu_software.manifests.agent import Agent
from components.gpu_software.manifests.parts import amounts, host_path, mount, node_name, privileged, value
from settings import GpuPool, SharingStrategy, Vendor

MPS_ROOT = "/run/nvidia/mps"
SHARED_MEMORY = f"{MPS_ROOT}/shm"
_PROCESS = "mps-control-daemon"


def mps_pools(args: GpuSoftwareArgs) -> tuple[GpuPool, ...]:
    """The pools whose cards are shared by MPS."""
    return tuple(pool for pool in args.pools if pool.sharing.strategy is SharingStrategy.MPS)


def agent(name: str, args: GpuSoftwareArgs) -> Agent:
    """The daemon on the nodes of the pools that share by MPS."""
    image = args.images[Vendor.NVIDIA].device_plugin
    return Agent(
        name=f"{name}-mps-control-daemon",
        vendor=Vendor.NVIDIA,
        pools=mps_pools(args),
        init_containers=[_memory(image), node_configuration.chooser(image)],
        containers=[_daemon(image), node_configuration.watcher(image, f"/usr/bin/{_PROCESS}")],
        volumes=[
            host_path("mps-root", MPS_ROOT, "DirectoryOrCreate"),
            host_path("mps-memory", SHARED_MEMORY, "DirectoryOrCreate"),
            *node_configuration.volumes(f"{name}-sharing"),
        ],
        files=configuration.sharing_files(args),
        reads_node=True,
        # MPS servers know their clients by the node's process numbers.
        sees_processes_of="node",
    )


def _memory(image: str) -> core.v1.ContainerArgs:
    """Mounts the memory that daemon and clients share, on the node itself."""
    return core.v1.ContainerArgs(
        name="mount-memory",
        image=image,
        command=[_PROCESS, "mount-shm"],
        resources=amounts("10m", "64Mi"),
        security_context=privileged(),
        volume_mounts=[core.v1.VolumeMountArgs(name="mps-root", mount_path="/mps", mount_propagation="Bidirectional")],
    )


def _daemon(image: str) -> core.v1.ContainerArgs:
    environment = {
        "CONFIG_FILE": node_configuration.CONFIGURATION_FILE,
        "NVIDIA_VISIBLE_DEVICES": "all",
        "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
    }
    return core.v1.ContainerArgs(
        name="daemon",
        image=image,
        # With its path, by which the watcher finds it among the processes of the node.
        command=[f"/usr/bin/{_PROCESS}"],
        env=[node_name("NODE_NAME"), *(value(key, text) for key, text in environment.items())],
        resources=amounts("50m", "128Mi"),
        security_context=privileged(),
        volume_mounts=[
            mount("mps-root", "/mps"),
            mount("mps-memory", "/dev/shm"),  # noqa: S108 - what the daemon shares with its clients
            *node_configuration.mounts(),
        ],
    )
