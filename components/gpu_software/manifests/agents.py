"""Which programs a stack's pools need."""

from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.manifests import (
    amd_device_plugin,
    amd_metrics_exporter,
    dcgm_exporter,
    gaudi_device_plugin,
    gaudi_metric_exporter,
    mps_control_daemon,
    nvidia_device_plugin,
)
from components.gpu_software.manifests.agent import Agent

_ALL = (
    nvidia_device_plugin,
    mps_control_daemon,
    dcgm_exporter,
    amd_device_plugin,
    amd_metrics_exporter,
    gaudi_device_plugin,
    gaudi_metric_exporter,
)


def agents(name: str, args: GpuSoftwareArgs) -> tuple[Agent, ...]:
    """The programs that a pool of the stack needs, and no others."""
    made = (program.agent(name, args) for program in _ALL)
    return tuple(agent for agent in made if agent.pools)
