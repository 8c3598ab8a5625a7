"""Where a real node keeps what is its own, below the directory of its sandbox."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.node.configuration import MESH_PLUGIN

CGROUP_PREFIX = "inference-sandbox-"


@dataclass(frozen=True, kw_only=True)
class NodeDirectory:
    """The paths below `sandbox`, the directory of the whole sandbox; they need not exist."""

    sandbox: Path

    @property
    def path(self) -> Path:
        """Everything of the node but its logs."""
        return self.sandbox / "node"

    @property
    def logs(self) -> Path:
        """The logs of all components of the sandbox."""
        return self.sandbox / "logs"

    @property
    def configuration(self) -> Path:
        """The files that the node sees in `/etc/node`: written at every start, with private keys among them."""
        return self.path / "configuration"

    @property
    def mesh_plugin(self) -> Path:
        """Istio's CNI plug-in, once pods are led through its proxies; it stays from one start to the next."""
        return self.configuration / MESH_PLUGIN / MESH_PLUGIN

    @property
    def layers(self) -> Path:
        """What the node changes in its root file system; emptied at every start."""
        return self.path / "layers"

    @property
    def state(self) -> Path:
        """What survives a restart: images and snapshots of containerd, the kubelet's volumes, logs of containers."""
        return self.path / "state"

    @property
    def volumes(self) -> Path:
        """A directory for each volume of the class `local`; the node sees them in `/var/lib/volumes`."""
        return self.state / "volumes"

    @property
    def volumes_kubeconfig(self) -> Path:
        """The identity of the provisioner of local volumes."""
        return self.path / "volumes.kubeconfig"

    @property
    def shared(self) -> Path:
        """What the machine puts there, the node sees in `/srv/sandbox`: data that pods of the sandbox's own serve."""
        return self.path / "shared"

    @property
    def cgroups(self) -> Path:
        """The list of the node's cgroups, written before they are made."""
        return self.path / "cgroups"

    @property
    def egress_configuration(self) -> Path:
        """What tells the API server to call nodes, pods and webhooks by the bridge."""
        return self.path / "egress.yaml"

    @property
    def bridge_socket(self) -> Path:
        """Where the bridge takes those calls."""
        return self.path / "bridge.sock"

    @property
    def specification(self) -> Path:
        """What the first process of the node is told."""
        return self.path / "specification.json"

    @property
    def fingerprint(self) -> Path:
        """What the node was last started as; exists from a completed start until the next end."""
        return self.path / "fingerprint"

    @property
    def cgroup_name(self) -> str:
        """The same for every start in this directory, and another one for every other directory."""
        return f"{CGROUP_PREFIX}{hashlib.sha256(str(self.sandbox).encode()).hexdigest()[:12]}"
