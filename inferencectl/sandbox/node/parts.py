"""What every real node is made of, built once for the user and only read by the nodes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.images.debian import DebianRoot
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.toolchain.node_tools import NodePrograms, ensure_node

NODE_ROOT = DebianRoot(
    name="node", packages=("conntrack", "ipset", "iproute2", "iptables", "mount", "nftables", "procps", "runc")
)


@dataclass(frozen=True, kw_only=True)
class NodeParts:
    """The programs of the node, the directory of its root file system, and the images of its own pods; all exist.

    `pause` holds the namespaces of every pod; `coredns` gives them names.
    """

    programs: NodePrograms
    root: Path
    pause: LocalImage
    coredns: LocalImage


def ensure_parts(progress: Callable[[str], None]) -> NodeParts:
    """Returns the parts, making what is not cached (some 20 minutes of one core the first time).

    Raises SandboxError: the disk is too full, no Go is available, a build fails, or Debian's archive is out of reach.
    """
    programs = ensure_node(progress)
    root = NODE_ROOT.directory(cache_directory(), progress)
    images = ensure_images(("pause", "coredns"), progress)
    return NodeParts(programs=programs, root=root, pause=images["pause"], coredns=images["coredns"])
