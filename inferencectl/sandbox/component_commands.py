"""The command line of every control-plane component. Flags that are not set keep their upstream defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.node.addresses import SERVICE_NETWORK, SIMULATED_NODES
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.sandbox.nodes import SIMULATED, Nodes
from inferencectl.sandbox.pki import FRONT_PROXY_USER, KUBELET_CLIENT, Pki
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from inferencectl.sandbox.toolchain.toolchain import Toolchain

POD_NETWORK = "10.244.0.0/16"
AUDIT_POLICY = Path(__file__).parents[2] / "cluster" / "audit-policy.yaml"
STAGES = tuple(sorted((Path(__file__).parent / "cluster" / "stages").glob("*.yaml")))
# The upstream default of 20 requests per second suits large shared clusters; here it only slows things down.
CLIENT_RATE = ("--kube-api-qps=500", "--kube-api-burst=1000")


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The sandbox's TCP ports on the loopback interface."""

    api: int
    etcd: int
    etcd_peer: int

    @classmethod
    def choose(cls, api: int | None) -> "Ports":
        """Returns free ports, with `api` as the API server's port if it is given."""
        free_api, etcd, etcd_peer = free_ports(3)
        return cls(api=api or free_api, etcd=etcd, etcd_peer=etcd_peer)

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return f"https://{LOOPBACK}:{self.api}"


def command_lines(
    toolchain: Toolchain, pki: Pki, ports: Ports, directory: Path, nodes: Nodes = SIMULATED
) -> Mapping[str, tuple[str, ...]]:
    """The command line of every component by its name, in the order of starting; `directory` is the sandbox's."""
    audit_log = directory / "logs" / "audit.log"
    to_nodes = _to_real_node(pki, NodeDirectory(sandbox=directory)) if nodes.real else ()
    return {
        "etcd": _etcd(toolchain, pki, ports, directory / "etcd"),
        "kube-apiserver": (*_kube_apiserver(toolchain, pki, ports, audit_log), *to_nodes),
        "kube-controller-manager": _kube_controller_manager(toolchain, pki),
        "kube-scheduler": _kube_scheduler(toolchain, pki),
        "kwok": _kwok(toolchain, pki, nodes),
    }


def _etcd(toolchain: Toolchain, pki: Pki, ports: Ports, data: Path) -> tuple[str, ...]:
    client = f"https://{LOOPBACK}:{ports.etcd}"
    peer = f"https://{LOOPBACK}:{ports.etcd_peer}"
    certificate, key, authority = pki.certificate("etcd"), pki.key("etcd"), pki.certificate("etcd-ca")
    return (
        str(toolchain.etcd),
        f"--data-dir={data}",
        "--name=sandbox",
        f"--initial-cluster=sandbox={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--listen-peer-urls={peer}",
        f"--advertise-client-urls={client}",
        f"--listen-client-urls={client}",
        f"--cert-file={certificate}",
        f"--key-file={key}",
        f"--trusted-ca-file={authority}",
        "--client-cert-auth",
        f"--peer-cert-file={certificate}",
        f"--peer-key-file={key}",
        f"--peer-trusted-ca-file={authority}",
        "--peer-client-cert-auth",
        # Acknowledged writes survive `kill -9` of etcd, as the kernel has them; a power cut can lose them. Measured
        # with 500 ConfigMaps on a disk that syncs in 0.3 ms: 1.7 s against 2.1 s; slower disks make it seconds more.
        "--unsafe-no-fsync",
        "--log-level=warn",
    )


def _kube_apiserver(toolchain: Toolchain, pki: Pki, ports: Ports, audit_log: Path) -> tuple[str, ...]:
    return (
        str(toolchain.kube_apiserver),
        f"--bind-address={LOOPBACK}",
        f"--secure-port={ports.api}",
        # Without this the server looks for a network interface and refuses to start on a machine that has none.
        f"--advertise-address={LOOPBACK}",
        # A loopback address is not a valid endpoint of the `kubernetes` Service, and no pod here would call it.
        "--endpoint-reconciler-type=none",
        f"--etcd-servers=https://{LOOPBACK}:{ports.etcd}",
        f"--etcd-cafile={pki.certificate('etcd-ca')}",
        f"--etcd-certfile={pki.certificate('etcd')}",
        f"--etcd-keyfile={pki.key('etcd')}",
        f"--tls-cert-file={pki.certificate('kube-apiserver')}",
        f"--tls-private-key-file={pki.key('kube-apiserver')}",
        f"--client-ca-file={pki.ca}",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        # As kubeadm sets it: what may be privileged is decided by Pod Security admission.
        "--allow-privileged=true",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki.key('service-accounts')}",
        f"--service-account-signing-key-file={pki.key('service-accounts')}",
        f"--requestheader-client-ca-file={pki.certificate('front-proxy-ca')}",
        f"--requestheader-allowed-names={FRONT_PROXY_USER}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki.certificate('front-proxy')}",
        f"--proxy-client-key-file={pki.key('front-proxy')}",
        "--profiling=false",
        f"--audit-policy-file={AUDIT_POLICY}",
        f"--audit-log-path={audit_log}",
        # The retention that the policy pack asks of every API server (D06). A laptop has 1.1 GB for it: the oldest of
        # eleven files goes first, after some million requests.
        "--audit-log-maxage=180",
        "--audit-log-maxsize=100",
        "--audit-log-maxbackup=10",
    )


def _to_real_node(pki: Pki, directory: NodeDirectory) -> tuple[str, ...]:
    """The flags by which the API server reaches the kubelet of the real node, and its pods."""
    return (
        f"--egress-selector-config-file={directory.egress_configuration}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-certificate-authority={pki.ca}",
        f"--kubelet-client-certificate={pki.certificate(KUBELET_CLIENT)}",
        f"--kubelet-client-key={pki.key(KUBELET_CLIENT)}",
    )


def _kube_controller_manager(toolchain: Toolchain, pki: Pki) -> tuple[str, ...]:
    return (
        str(toolchain.kube_controller_manager),
        f"--kubeconfig={pki.kubeconfig_file('kube-controller-manager')}",
        "--secure-port=0",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={pki.key('service-accounts')}",
        f"--root-ca-file={pki.ca}",
        # Autoscalers are evaluated every 5 s instead of every 15 s, because users watch the sandbox.
        "--horizontal-pod-autoscaler-sync-period=5s",
        *CLIENT_RATE,
    )


def _kube_scheduler(toolchain: Toolchain, pki: Pki) -> tuple[str, ...]:
    return (
        str(toolchain.kube_scheduler),
        f"--kubeconfig={pki.kubeconfig_file('kube-scheduler')}",
        "--secure-port=0",
        "--leader-elect=false",
        *CLIENT_RATE,
    )


def _kwok(toolchain: Toolchain, pki: Pki, nodes: Nodes) -> tuple[str, ...]:
    # By what a simulated node lacks, so that those that Karpenter makes are managed too.
    beside_real = ("--manage-all-nodes=false", f"--manage-nodes-with-label-selector={SIMULATED_NODES}")
    return (
        str(toolchain.kwok),
        f"--kubeconfig={pki.kubeconfig_file('kwok')}",
        *(beside_real if nodes.real else ("--manage-all-nodes",)),
        f"--cidr={POD_NETWORK}",
        # Heartbeats by node status: a restarted kwok would wait 40 s for the leases of the one before to run out.
        "--node-lease-duration-seconds=0",
        *(f"--config={stage}" for stage in (*toolchain.kwok_stages, *STAGES)),
    )
