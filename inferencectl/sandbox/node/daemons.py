"""The command line of every daemon of the node. Flags that are not set keep their upstream defaults."""

from collections.abc import Mapping

from inferencectl.sandbox.node import addresses
from inferencectl.sandbox.node.mounts import CONFIGURATION

CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
AWAITED = {"kubelet": CONTAINERD_SOCKET}
"""What must be there before a daemon is started, which would else end at once."""


def command_lines() -> Mapping[str, tuple[str, ...]]:
    """The commands by name, in the order of starting; each is found in the node's PATH."""
    return {
        "containerd": ("containerd", f"--config={CONFIGURATION}/containerd.toml"),
        "kubelet": (
            "kubelet",
            f"--config={CONFIGURATION}/kubelet.yaml",
            f"--kubeconfig={CONFIGURATION}/kubelet.kubeconfig",
            f"--hostname-override={addresses.NODE}",
            f"--node-ip={addresses.NODE_ADDRESS}",
            f"--node-labels={addresses.NODE_LABEL}={addresses.NODE}",
        ),
        "kube-proxy": (
            "kube-proxy",
            f"--config={CONFIGURATION}/kube-proxy.yaml",
            f"--hostname-override={addresses.NODE}",
        ),
        # Network policies only. It ends while its Node does not exist yet, and is then started again.
        "kube-router": (
            "kube-router",
            f"--kubeconfig={CONFIGURATION}/kube-router.kubeconfig",
            f"--hostname-override={addresses.NODE}",
            "--run-firewall=true",
            "--run-router=false",
            "--run-service-proxy=false",
            "--run-loadbalancer=false",
            "--enable-cni=false",
            f"--service-cluster-ip-range={addresses.SERVICE_NETWORK}",
            "--metrics-port=0",
        ),
    }
