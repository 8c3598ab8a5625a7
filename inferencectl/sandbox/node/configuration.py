"""The files that the node's daemons read in `/etc/node`. What is not set keeps its upstream default."""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from inferencectl.sandbox.node import addresses
from inferencectl.sandbox.node.daemons import CONTAINERD_SOCKET
from inferencectl.sandbox.node.mounts import CONFIGURATION, PROGRAMS
from inferencectl.sandbox.pki import NODE_CLIENTS, Pki

MESH_PLUGIN = "istio-cni"
"""Istio's CNI plug-in, in a directory of its own beside the files, and the identity that it has there."""

POD_NETWORK = "pods.conflist"
_MESH_KUBECONFIG = "istio-cni-kubeconfig"


def files(pki: Pki, pause_image: str) -> Mapping[str, str]:
    """The content of every file by its name, with private keys; `pause_image` names the image of pod sandboxes."""
    return {
        "containerd.toml": _containerd(pause_image),
        "kubelet.yaml": yaml.safe_dump(_kubelet()),
        "kube-proxy.yaml": yaml.safe_dump(_kube_proxy()),
        POD_NETWORK: pod_network(),
        # A name that the plug-in looks for.
        f"{MESH_PLUGIN}/{_MESH_KUBECONFIG}": _kubeconfig(pki, MESH_PLUGIN),
        "ca.crt": pki.ca.read_text(),
        "kubelet.crt": pki.certificate("kubelet-server").read_text(),
        "kubelet.key": pki.key("kubelet-server").read_text(),
        **{f"{client}.kubeconfig": _kubeconfig(pki, client) for client in NODE_CLIENTS if client != MESH_PLUGIN},
    }


def egress(socket: Path) -> str:
    """What tells the API server to reach kubelets, pods, webhooks and aggregated APIs by the bridge at `socket`."""
    transport = {"uds": {"udsName": str(socket)}}
    selection = {"name": "cluster", "connection": {"proxyProtocol": "HTTPConnect", "transport": transport}}
    document = {"apiVersion": "apiserver.k8s.io/v1beta1", "kind": "EgressSelectorConfiguration"}
    return yaml.safe_dump({**document, "egressSelections": [selection]})


def _kubeconfig(pki: Pki, client: str) -> str:
    return pki.kubeconfig(client, addresses.API_SERVER, (client,))


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


def pod_network(*, meshed: bool = False) -> str:
    """What gives a pod its network; if `meshed`, the traffic of pods with Istio's proxy is led through that."""
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
    plugins = [pair, ports, *([_mesh_plugin()] if meshed else [])]
    return json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": plugins}, indent=2)


def _mesh_plugin() -> Mapping[str, object]:
    """Source: `cni/pkg/plugin/plugin.go` of Istio's module."""
    return {
        "type": MESH_PLUGIN,
        "cni_agent_run_dir": f"{CONFIGURATION}/{MESH_PLUGIN}",
        "ambient_enabled": False,
        # Their pods are not asked about, so that names and the mesh itself need nothing of it.
        "exclude_namespaces": ["kube-system", "istio-system"],
        "pod_namespace": "istio-system",
        "native_nftables": True,
    }


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
  bin_dirs = ['{PROGRAMS}/cni-plugins', '{CONFIGURATION}/{MESH_PLUGIN}']
  conf_dir = '{CONFIGURATION}'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = '/usr/sbin/runc'
  SystemdCgroup = false
"""
