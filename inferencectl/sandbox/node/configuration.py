"""The files that the node's daemons read in `/etc/node`. What is not set keeps its upstream default."""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from inferencectl.sandbox.node import addresses
from inferencectl.sandbox.node.daemons import CONTAINERD_SOCKET
from inferencectl.sandbox.node.mounts import CONFIGURATION, PROGRAMS
from inferencectl.sandbox.pki import NODE_CLIENTS, Pki


def files(pki: Pki, pause_image: str) -> Mapping[str, str]:
    """The content of every file by its name, with private keys; `pause_image` names the image of pod sandboxes."""
    return {
        "containerd.toml": _containerd(pause_image),
        "kubelet.yaml": yaml.safe_dump(_kubelet()),
        "kube-proxy.yaml": yaml.safe_dump(_kube_proxy()),
        "pods.conflist": json.dumps(_pod_network(), indent=2),
        "ca.crt": pki.ca.read_text(),
        "kubelet.crt": pki.certificate("kubelet-server").read_text(),
        "kubelet.key": pki.key("kubelet-server").read_text(),
        **{f"{client}.kubeconfig": pki.kubeconfig(client, addresses.API_SERVER, (client,)) for client in NODE_CLIENTS},
    }


def egress(socket: Path) -> str:
    """What tells the API server to reach kubelets, pods, webhooks and aggregated APIs by the bridge at `socket`."""
    transport = {"uds": {"udsName": str(socket)}}
    selection = {"name": "cluster", "connection": {"proxyProtocol": "HTTPConnect", "transport": transport}}
    document = {"apiVersion": "apiserver.k8s.io/v1beta1", "kind": "EgressSelectorConfiguration"}
    return yaml.safe_dump({**document, "egressSelections": [selection]})


def _kubelet() -> Mapping[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{CONFIGURATION}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{CONFIGURATION}/kubelet.crt",
        "tlsPrivateKeyFile": f"{CONFIGURATION}/kubelet.key",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "clusterDNS": [addresses.DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": "/etc/resolv.conf",
        "seccompDefault": True,
        "maxPods": 60,
        # The disk is the machine's, and filled by others too: pods are not evicted and images not removed for it.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {
            "memory.available": "100Mi",
            **dict.fromkeys(("nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree"), "0%"),
        },
        "nodeStatusUpdateFrequency": "4s",
        # Pods of the machine's own files: there are none.
        "staticPodPath": "",
    }


def _kube_proxy() -> Mapping[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": f"{CONFIGURATION}/kube-proxy.kubeconfig"},
        "clusterCIDR": addresses.POD_NETWORK,
        # A size of the whole machine, which stays as it is.
        "conntrack": {"maxPerCore": 0},
        "nodePortAddresses": [addresses.NODE_NETWORK],
    }


def _pod_network() -> Mapping[str, object]:
    # Point to point, not a bridge: packets between two pods are then forwarded, where policies see them.
    ranges = [[{"subnet": addresses.POD_NETWORK}]]
    address = {
        "type": "host-local",
        "dataDir": "/run/pod-addresses",
        "ranges": ranges,
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    pair = {"type": "ptp", "ipMasq": False, "ipam": address}
    ports = {"type": "portmap", "backend": "nftables", "capabilities": {"portMappings": True}}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [pair, ports]}


def _containerd(pause_image: str) -> str:
    return f"""\
version = 3

[grpc]
  address = '{CONTAINERD_SOCKET}'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '{pause_image}'

[plugins.'io.containerd.cri.v1.runtime']
  # Without the capability CAP_SYS_RESOURCE nothing may be made less likely to be killed than the node itself is.
  restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['{PROGRAMS}/cni-plugins']
  conf_dir = '{CONFIGURATION}'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = '/usr/sbin/runc'
  SystemdCgroup = false
"""
