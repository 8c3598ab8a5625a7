"""The programs of a real node, built from pinned Go modules like those of the control plane."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.sandbox.toolchain.toolchain import KUBERNETES, cache_directory

KUBELET = GoTool(name="kubelet", module="k8s.io/kubernetes", stamps=KUBERNETES.stamps, disk_mib=4000)
CONTAINERD = GoTool(
    name="containerd",
    module="github.com/containerd/containerd/v2",
    stamps={"github.com/containerd/containerd/v2/version.Version": "{version}"},
    # Snapshotters for file systems that the node does not have.
    build_tags=("no_btrfs", "no_zfs", "no_devmapper"),
    disk_mib=2500,
)
COREDNS = GoTool(name="coredns", module="github.com/coredns/coredns", disk_mib=2000)
KUBE_ROUTER = GoTool(
    name="kube-router",
    module="github.com/cloudnativelabs/kube-router/v2",
    stamps={"github.com/cloudnativelabs/kube-router/v2/pkg/version.Version": "{version}"},
    disk_mib=2500,
)
CNI_PLUGINS = GoTool(
    name="cni-plugins",
    module="github.com/containernetworking/plugins",
    stamps={"github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": "{version}"},
    disk_mib=500,
)
NODE_TOOLS = (KUBELET, CONTAINERD, KUBE_ROUTER, CNI_PLUGINS)
"""What runs on the node itself; CoreDNS runs in a pod."""


@dataclass(frozen=True, kw_only=True)
class NodePrograms:
    """The directories of the node's programs; all exist."""

    kubelet: Path
    containerd: Path
    kube_router: Path
    cni_plugins: Path


def ensure_node(progress: Callable[[str], None]) -> NodePrograms:
    """Returns the node's programs, building what is not cached (about 15 minutes of one core the first time).

    Raises SandboxError as `toolchain.ensure` does.
    """
    cache = cache_directory()
    build_missing(NODE_TOOLS, cache, progress)
    return NodePrograms(**{tool.name.replace("-", "_"): tool.cached_directory(cache) for tool in NODE_TOOLS})
