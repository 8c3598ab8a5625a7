"""How a pod asks for a GPU, and how a node offers one.

Source: the NVIDIA device plug-in's resource name, and the labels of its GPU feature discovery.
"""

from collections.abc import Mapping

from pulumi_kubernetes.core.v1 import TolerationArgs

GPU_RESOURCE = "nvidia.com/gpu"
GPU_NODE_LABEL = "nvidia.com/gpu.present"
GPU_NODE_SELECTOR: Mapping[str, str] = {GPU_NODE_LABEL: "true"}


def gpu_toleration() -> TolerationArgs:
    """Tolerate the taint of GPU nodes, whatever value an installation gives it."""
    return TolerationArgs(key=GPU_RESOURCE, operator="Exists", effect="NoSchedule")


GPU_UTILIZATION_METRIC = "DCGM_FI_DEV_GPU_UTIL"
"""Use of a GPU in percent, by NVIDIA's DCGM exporter."""
