"""A pool of nodes with accelerators."""

from components.gpu_node_pool.args import GpuNodePoolArgs
from components.gpu_node_pool.component import GpuNodePool

__all__ = ["GpuNodePool", "GpuNodePoolArgs"]
