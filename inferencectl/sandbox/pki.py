"""The certificates of one sandbox, created once with trustme, and the kubeconfig files that contain them."""

import base64
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import trustme
import yaml

from inferencectl.sandbox.node.addresses import KUBERNETES_ADDRESS, NODE, NODE_ADDRESS
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically

LOCAL_NAMES = ("127.0.0.1", "localhost", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
# How the pods of a real node find the API server.
NODE_NAMES = (KUBERNETES_ADDRESS, NODE_ADDRESS)

# Component → (user, group), as the API server's built-in role bindings expect them. kwok belongs to system:masters
# because that group is exempt from request throttling, as kwok's upstream installation requests.
CLIENTS = {
    "admin": ("sandbox-admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", "sandbox"),
    "kube-scheduler": ("system:kube-scheduler", "sandbox"),
    "kwok": ("kwok", "system:masters"),
}
# The clients on a real node, none of which may do more than its role says.
NODE_CLIENTS = {
    "kubelet": (f"system:node:{NODE}", "system:nodes"),
    "kube-proxy": ("system:kube-proxy", "sandbox"),
    "kube-router": ("sandbox:kube-router", "sandbox"),
    "istio-cni": ("sandbox:istio-cni", "sandbox"),
}
# How the API server introduces itself to a kubelet.
KUBELET_CLIENT = "kubelet-client"
KUBELET_CLIENT_USER = "sandbox:kubelet-client"
# Who gives claims their directories on a real node, from outside of it.
VOLUMES_CLIENT = "local-volumes"
VOLUMES_CLIENT_USER = "sandbox:local-volumes"
FRONT_PROXY_USER = "front-proxy"


@dataclass(frozen=True, kw_only=True)
class Pki:
    """The PEM files below `directory`; private keys are readable by their owner only."""

    directory: Path

    @property
    def ca(self) -> Path:
        """The certificate that clients of the API server trust."""
        return self.certificate("ca")

    def certificate(self, name: str) -> Path:
        """The certificate of an authority, server or client."""
        return self.directory / f"{name}.crt"

    def key(self, name: str) -> Path:
        """The private key of a server or client; those of the authorities are discarded."""
        return self.directory / f"{name}.key"

    def kubeconfig_file(self, client: str) -> Path:
        """The kubeconfig of one of `CLIENTS`."""
        return self.directory / f"{client}.kubeconfig"

    def require_node(self) -> None:
        """Raises SandboxError (exit code 2) if these certificates are older than those of a real node."""
        if not all(self.key(client).exists() for client in (KUBELET_CLIENT, VOLUMES_CLIENT, *NODE_CLIENTS)):
            raise SandboxError(
                f"the certificates in {self.directory} were made before it could have a real node of this kind",
                "delete this sandbox (`make down`), then start it again; nothing was changed",
                exit_code=BAD_INPUT,
            )

    def write_component_kubeconfigs(self, server: str) -> None:
        """Writes the `kubeconfig_file` of every client."""
        for client in CLIENTS:
            write_atomically(self.kubeconfig_file(client), self.kubeconfig(client, server, (client,)))

    def kubeconfig(self, client: str, server: str, contexts: Sequence[str]) -> str:
        """A self-contained kubeconfig (YAML) for `client`; every context means `server`, the first is current."""
        cluster = {"server": server, "certificate-authority-data": _base64(self.ca)}
        user = {
            "client-certificate-data": _base64(self.certificate(client)),
            "client-key-data": _base64(self.key(client)),
        }
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "sandbox", "cluster": cluster}],
                "users": [{"name": client, "user": user}],
                "contexts": [{"name": name, "context": {"cluster": "sandbox", "user": client}} for name in contexts],
                "current-context": contexts[0],
            },
            sort_keys=False,
        )


def ensure(directory: Path) -> Pki:
    """Returns the certificates in `directory`, creating them if they do not exist.

    There are three authorities, so that none can stand in for another: one for the API server and its clients, one for
    the aggregation layer's proxy, and one for etcd (whose clients may do anything).
    """
    if not directory.is_dir():
        partial = directory.with_name(f"{directory.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        _issue_all(Pki(directory=partial))
        partial.rename(directory)
    return Pki(directory=directory)


def ensure_serving(directory: Path, *names: str) -> Path:
    """Returns `directory` with `tls.crt` and `tls.key` for a server with `names`, and `ca.crt` of its own authority.

    They are created if they do not exist, and named as in a Kubernetes Secret.
    """
    if not directory.is_dir():
        partial = directory.with_name(f"{directory.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
        authority = trustme.CA()
        write_atomically(partial / "ca.crt", authority.cert_pem.bytes())
        issued = authority.issue_cert(*names)
        write_atomically(partial / "tls.crt", b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        write_atomically(partial / "tls.key", issued.private_key_pem.bytes())
        partial.rename(directory)
    return directory


def _issue_all(pki: Pki) -> None:
    authority = _authority(pki, "ca")
    _write(pki, "kube-apiserver", authority.issue_cert(*LOCAL_NAMES, *NODE_NAMES))
    _write(pki, "kubelet-server", authority.issue_cert(NODE_ADDRESS))
    # Every certificate names an identity: Go refuses one whose list of names, which trustme marks critical, is empty.
    users = {KUBELET_CLIENT: KUBELET_CLIENT_USER, VOLUMES_CLIENT: VOLUMES_CLIENT_USER}
    clients = {**CLIENTS, **NODE_CLIENTS, **{name: (user, "sandbox") for name, user in users.items()}}
    for name, (user, group) in clients.items():
        _write(pki, name, authority.issue_cert(name, common_name=user, organization_name=group))
    _write(pki, "etcd", _authority(pki, "etcd-ca").issue_cert(*LOCAL_NAMES))
    _write(
        pki, "front-proxy", _authority(pki, "front-proxy-ca").issue_cert(FRONT_PROXY_USER, common_name=FRONT_PROXY_USER)
    )
    # Only its key pair is used, to sign the tokens of service accounts; RSA because every verifier knows it.
    _write(pki, "service-accounts", authority.issue_cert("service-accounts", key_type=trustme.KeyType.RSA))


def _authority(pki: Pki, name: str) -> trustme.CA:
    authority = trustme.CA()
    write_atomically(pki.certificate(name), authority.cert_pem.bytes())
    return authority


def _write(pki: Pki, name: str, issued: trustme.LeafCert) -> None:
    write_atomically(pki.certificate(name), b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    write_atomically(pki.key(name), issued.private_key_pem.bytes())


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
