"""istiod and a sidecar as processes of this machine, and clients with certificates of the mesh.

Everything of Istio is real, and Envoy is as its own project releases it. What is missing is the redirection of a pod's
traffic: the proxy is told to listen at ports of its own (a Sidecar with `captureMode: NONE`), which the test adds.
"""

import json
import os
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kubernetes.client import ApiClient, CoreV1Api

from inferencectl.sandbox.live import access_log
from inferencectl.sandbox.ports import LOOPBACK, free_ports

LABEL = "istio-discovery"
"""Namespaces with this label are all that istiod looks at: others of the control plane belong to other tests."""
_CREATE = "/istio.v1.auth.IstioCertificateService/CreateCertificate"
_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Programs:
    """The programs, built or installed."""

    istio: Path
    envoy: Path


@dataclass(frozen=True, kw_only=True)
class Istiod:
    """A running istiod, which watches the control plane behind `kubeconfig`."""

    api: ApiClient
    programs: Programs
    port: int
    trust_domain: str

    def root(self, namespace: str) -> str | None:
        """The certificate that the proxies of a namespace trust; None before istiod has written it."""
        maps = CoreV1Api(self.api).list_namespaced_config_map(namespace).items
        return next((each.data["root-cert.pem"] for each in maps if each.metadata.name == "istio-ca-root-cert"), None)

    def token(self, namespace: str, account: str) -> str:
        """What a pod of an account shows to istiod."""
        request: Any = {"spec": {"audiences": ["istio-ca"], "expirationSeconds": 3600}}
        answer: Any = CoreV1Api(self.api).create_namespaced_service_account_token(account, namespace, request)
        return answer.status.token

    def certificate(self, directory: Path, namespace: str, account: str) -> "Certificate":
        """A certificate of an account, as the agent of its pod would get it."""
        key = ec.generate_private_key(ec.SECP256R1())
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
        root = self.root(namespace) or ""
        credentials = grpc.ssl_channel_credentials(root.encode())
        with grpc.secure_channel(f"localhost:{self.port}", credentials) as channel:
            call = channel.unary_unary(_CREATE)
            answer = call(
                _text(request.public_bytes(serialization.Encoding.PEM)),
                metadata=(("authorization", f"Bearer {self.token(namespace, account)}"),),
                timeout=_SECONDS,
            )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file, trusted = directory / f"{namespace}-{account}.pem", directory / "root.pem"
        file.write_bytes(private + b"".join(_texts(answer)))
        trusted.write_text(root, encoding="utf-8")
        return Certificate(file=file, root=trusted)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A key with its certificates, and the certificate of the mesh's authority."""

    file: Path
    root: Path

    def context(self) -> ssl.SSLContext:
        """Names in the mesh are SPIFFE identities, which `ssl` does not know: the chain alone is verified."""
        context = ssl.create_default_context(cafile=str(self.root))
        context.check_hostname = False
        context.load_cert_chain(self.file)
        return context


@contextmanager
def istiod(
    programs: Programs,
    api: ApiClient,
    kubeconfig: Path,
    namespace: str,
    directory: Path,
    *,
    trust_domain: str = "cluster.local",
) -> Iterator[Istiod]:
    """istiod, which has its own key in `namespace`."""
    grpc_port, port, http_port, https_port, monitoring = free_ports(5)
    mesh = {
        "trustDomain": trust_domain,
        "rootNamespace": namespace,
        "discoverySelectors": [{"matchLabels": {LABEL: "enabled"}}],
        **access_log.mesh_settings(),
    }
    directory.mkdir()
    file = directory / "mesh.yaml"
    file.write_text(yaml.safe_dump(mesh), encoding="utf-8")
    command = [
        *(str(programs.istio / "pilot-discovery"), "discovery", f"--kubeconfig={kubeconfig}", f"--meshConfig={file}"),
        *(f"--grpcAddr={LOOPBACK}:{grpc_port}", f"--secureGRPCAddr={LOOPBACK}:{port}"),
        *(f"--httpAddr={LOOPBACK}:{http_port}", f"--httpsAddr={LOOPBACK}:{https_port}"),
        *(f"--monitoringAddr={LOOPBACK}:{monitoring}", "--ctrlz_port=0"),
    ]
    variables = {
        "POD_NAME": "istiod",
        "POD_NAMESPACE": namespace,
        "ISTIOD_CUSTOM_HOST": "localhost",
        # Envoy as its project releases it refuses whatever names an extension that only Istio's build of it has.
        "PILOT_ENABLE_METADATA_EXCHANGE": "false",
        "PILOT_ENABLE_ALPN_FILTER": "false",
        # Gateways of the control plane belong to other tests.
        "PILOT_ENABLE_GATEWAY_API": "false",
        "VALIDATION_WEBHOOK_CONFIG_NAME": "",
        "INJECTION_WEBHOOK_CONFIG_NAME": "",
        "CLUSTER_ID": "Kubernetes",
    }
    with _running(command, variables, directory):
        yield Istiod(api=api, programs=programs, port=port, trust_domain=trust_domain)


@contextmanager
def sidecar(
    control: Istiod,
    *,
    namespace: str,
    account: str,
    labels: Mapping[str, str],
    scrape: Mapping[str, str],
    directory: Path,
) -> Iterator[int]:
    """The proxy of a pod with an account and labels, whose metrics are where `scrape` says; yields its agent's port.

    Istio's injection passes the annotations for scrapes on to the agent like this.
    """
    secrets = directory / "var/run/secrets"
    for below in ("istio", "tokens"):
        (secrets / below).mkdir(parents=True, exist_ok=True)
    (secrets / "istio/root-cert.pem").write_text(control.root(namespace) or "", encoding="utf-8")
    (secrets / "tokens/istio-token").write_text(control.token(namespace, account), encoding="utf-8")
    administration, status, metrics, ready = free_ports(4)
    proxy = {
        "binaryPath": str(control.programs.envoy),
        "configPath": str(directory / "proxy"),
        "discoveryAddress": f"localhost:{control.port}",
        "proxyAdminPort": administration,
        "statusPort": status,
        "concurrency": 1,
        "proxyBootstrapTemplatePath": str(control.programs.istio / "files/envoy_bootstrap.json"),
    }
    variables = {
        "PROXY_CONFIG": yaml.safe_dump(proxy),
        "POD_NAME": account,
        "POD_NAMESPACE": namespace,
        "INSTANCE_IP": LOOPBACK,
        "SERVICE_ACCOUNT": account,
        "TRUST_DOMAIN": control.trust_domain,
        "CA_ADDR": f"localhost:{control.port}",
        "ISTIO_META_CLUSTER_ID": "Kubernetes",
        "ISTIO_METAJSON_LABELS": json.dumps(dict(labels)),
        "DNS_AGENT": "",
        "ISTIO_PROMETHEUS_ANNOTATIONS": json.dumps(dict(scrape)),
        "ENVOY_PROMETHEUS_PORT": str(metrics),
        "ENVOY_STATUS_PORT": str(ready),
    }
    command = [
        str(control.programs.istio / "pilot-agent"),
        "proxy",
        "sidecar",
        f"--domain={namespace}.svc.cluster.local",
    ]
    with _running(command, variables, directory):
        yield status


@contextmanager
def _running(command: list[str], variables: Mapping[str, str], directory: Path) -> Iterator[None]:
    with ExitStack() as stack:
        log = stack.enter_context((directory / "log").open("w"))
        process = subprocess.Popen(
            command, cwd=directory, env={**os.environ, **variables}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _text(value: bytes) -> bytes:
    """A message whose first field is this text. Source: https://protobuf.dev/programming-guides/encoding/"""
    length, prefix = len(value), b"\n"
    while length > 127:
        prefix += bytes([length & 127 | 128])
        length >>= 7
    return prefix + bytes([length]) + value


def _texts(message: bytes) -> Iterator[bytes]:
    """The texts of a message whose first field has several."""
    while message:
        assert message[:1] == b"\n"
        length = shift = 0
        position = 1
        while True:
            byte = message[position]
            length |= (byte & 127) << shift
            position, shift = position + 1, shift + 7
            if byte < 128:
                break
        yield message[position : position + length]
        message = message[position + length :]
