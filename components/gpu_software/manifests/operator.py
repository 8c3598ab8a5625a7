"""NVIDIA's GPU operator as a Helm release.

Source of the chart's values: https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/
"""

from pulumi_kubernetes import helm

from components.device_plugin import MIG_DISABLED, WHOLE_CARDS
from components.gpu_software.args import GpuSoftwareArgs

_CHARTS = "https://helm.ngc.nvidia.com/nvidia"
_INSTALL_SECONDS = 1200  # a driver is compiled on the node where no package fits its kernel


def release(name: str, args: GpuSoftwareArgs) -> helm.v3.ReleaseArgs:
    """NVIDIA's GPU operator: drivers, container toolkit, device plug-in, feature discovery, MIG manager and metrics."""
    return helm.v3.ReleaseArgs(
        name="gpu-operator",
        namespace=args.software.namespace,
        chart="gpu-operator",
        version=args.software.chart_version,
        repository_opts=helm.v3.RepositoryOptsArgs(repo=_CHARTS),
        timeout=_INSTALL_SECONDS,
        # A half-installed operator is taken away again: no node is left with half a driver.
        atomic=True,
        values={
            "devicePlugin": {"config": {"name": f"{name}-sharing", "default": WHOLE_CARDS}},
            "mig": {"strategy": "mixed"},
            "migManager": {"config": {"name": f"{name}-partitions", "default": MIG_DISABLED}},
        },
    )
