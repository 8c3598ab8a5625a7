"""The vendors' software on nodes with accelerators."""

from components.gpu_software.args import GpuSoftwareArgs
from components.gpu_software.component import GpuSoftware

__all__ = ["GpuSoftware", "GpuSoftwareArgs"]
