"""KEDA: its operator, and the adapter that serves `external.metrics.k8s.io`.

Its admission webhooks are not installed: the schemas of the resource definitions are enforced, and the settings reject
what the webhooks would reject in addition.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from inferencectl.sandbox import pki
from inferencectl.sandbox.component_commands import CLIENT_RATE
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers.account import write_kubeconfig
from inferencectl.sandbox.controllers.aggregated_api import AggregatedApi
from inferencectl.sandbox.controllers.process import Controller, stop
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import KEDA

NAMESPACE = "keda"
ACCOUNT = "keda-operator"
OPERATOR = "keda-operator"
ADAPTER = "keda-metrics-adapter"
SERVICE = "keda-metrics-apiserver"
EXTERNAL_METRICS = AggregatedApi(
    group="external.metrics.k8s.io", version="v1beta1", namespace=NAMESPACE, service=SERVICE
)
VARIABLES = {"WATCH_NAMESPACE": "", "POD_NAMESPACE": NAMESPACE, "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE}


class Keda:
    """KEDA on a running cluster, with the permissions that its own manifests grant.

    Its certificates and kubeconfig are below the sandbox's directory, in `controllers/keda`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._kubeconfig = cluster.kubeconfig
        self._sandbox = cluster.kubeconfig.parent
        self._directory = self._sandbox / "controllers" / "keda"

    def start(self, progress: Callable[[str], None]) -> None:
        """Restarts both programs, building them first if they are not cached (about nine minutes on two cores).

        Raises SandboxError if they cannot be built, exit, or do not become ready.
        """
        programs = toolchain.ensure_tool(KEDA, progress)
        progress("starting KEDA")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        certificates = pki.ensure_serving(self._directory / "pki", LOOPBACK, "localhost", f"{SERVICE}.{NAMESPACE}.svc")
        with config.new_client_from_config(str(self._kubeconfig)) as api:
            resources = Resources(api)
            for manifest in upstream_manifests():
                resources.apply(manifest)
            resources.await_served(
                ObjectKey(group="keda.sh", version="v1alpha1", kind="ScaledJob", namespace="", name="")
            )
            write_kubeconfig(api, NAMESPACE, ACCOUNT, self._account)
            _, _, metrics_port = self._operator(programs, certificates).start()
            self._adapter(programs, certificates, metrics_port, api).start()

    def stop(self) -> None:
        """Stops both programs and removes their APIService, which would otherwise stay unavailable."""
        for name in (ADAPTER, OPERATOR):
            stop(name, self._sandbox)
        with config.new_client_from_config(str(self._kubeconfig)) as api:
            client.ApiregistrationV1Api(api).delete_api_service(EXTERNAL_METRICS.name)

    @property
    def _account(self) -> Path:
        return self._directory / "kubeconfig"

    def _operator(self, programs: Path, certificates: Path) -> Controller:
        def command(ports: Sequence[int]) -> Sequence[str]:
            metrics, health, service = ports
            return (
                str(programs / "operator"),
                f"--kubeconfig={self._account}",
                f"--metrics-bind-address={LOOPBACK}:{metrics}",
                f"--health-probe-bind-address={LOOPBACK}:{health}",
                f"--metrics-service-bind-address={LOOPBACK}:{service}",
                f"--cert-dir={certificates}",
                *CLIENT_RATE,
            )

        return Controller(
            name=OPERATOR,
            directory=self._sandbox,
            port_count=3,
            command=command,
            unready=lambda ports: http_unready(f"http://{LOOPBACK}:{ports[1]}/readyz"),
            variables=VARIABLES,
        )

    def _adapter(self, programs: Path, certificates: Path, operator_port: int, api: client.ApiClient) -> Controller:
        def command(ports: Sequence[int]) -> Sequence[str]:
            secure, metrics = ports
            account = (
                f"--{use}kubeconfig={self._account}" for use in ("", "lister-", "authentication-", "authorization-")
            )
            return (
                str(programs / "adapter"),
                *account,
                f"--bind-address={LOOPBACK}",
                f"--secure-port={secure}",
                f"--port={metrics}",
                f"--metrics-service-address={LOOPBACK}:{operator_port}",
                f"--cert-dir={certificates}",
                f"--tls-cert-file={certificates / 'tls.crt'}",
                f"--tls-private-key-file={certificates / 'tls.key'}",
                *CLIENT_RATE,
            )

        def unready(ports: Sequence[int]) -> str | None:
            for manifest in EXTERNAL_METRICS.manifests(ports[0], (certificates / "ca.crt").read_bytes()):
                Resources(api).apply(manifest)
            return _unavailable_reason(api)

        return Controller(
            name=ADAPTER,
            directory=self._sandbox,
            port_count=2,
            command=command,
            unready=unready,
            variables=VARIABLES,
        )


def upstream_manifests() -> Iterator[Mapping[str, Any]]:
    """Yields the namespace first, then the resource definitions, the service account and its roles."""
    files = KEDA.cached_files(toolchain.cache_directory())
    manifests = [each for file in files for each in yaml.safe_load_all(file.read_text()) if each]
    yield from sorted(manifests, key=lambda manifest: manifest["kind"] != "Namespace")


def _unavailable_reason(api: client.ApiClient) -> str | None:
    found: Any = client.ApiregistrationV1Api(api).read_api_service(EXTERNAL_METRICS.name)
    available = [each for each in found.status.conditions or () if each.type == "Available"]
    if available and available[0].status == "True":
        return None
    return available[0].message if available else "the API server has not checked it yet"
