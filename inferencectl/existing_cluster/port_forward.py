"""`python -m … KUBECONFIG NAMESPACE PORT=SERVICE:PORT...`: ports of the loopback interface that lead to Services.

The way is the API server's, which forwards to a port of a pod: so pods answer in a network that this machine does not
reach. Each connection gets a ready pod, by turns, as a client in the cluster is spread over pods by its connections.
"""

import contextlib
import itertools
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import portforward

from inferencectl.deployer.connection import Connection
from inferencectl.sandbox.node.forward import targets
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.workspace.errors import SandboxError

CHUNK_BYTES = 1 << 16
SERVICE_LABEL = "kubernetes.io/service-name"


def forwarder(kubeconfig: Path, namespace: str) -> Sequence[str]:
    """What `LocalAddresses` runs to lead to the Services of a namespace, each of which is addressed by its name."""
    return ("inferencectl.existing_cluster.port_forward", str(kubeconfig), namespace)


@dataclass(frozen=True, kw_only=True)
class PodPort:
    """A port of a ready pod."""

    pod: str
    port: int


class Forwarding:
    """Opens connections to the Services of a namespace in the cluster of `api`; safe for use by several threads."""

    def __init__(self, api: ApiClient, namespace: str) -> None:
        self._api = api
        self._connection = Connection(api)
        self._namespace = namespace
        self._turns = itertools.count()

    @contextlib.contextmanager
    def connected(self, service: str, port: int) -> Iterator[socket.socket]:
        """A connection to a ready pod behind a port of a Service; raises SandboxError, OSError or ApiException."""
        ready = self._ready(service, port)
        if not ready:
            raise ConnectionRefusedError(f"no pod behind {service}:{port} is ready")
        chosen = ready[next(self._turns) % len(ready)]
        # A client of its own: while it opens a forwarding, it sends every request as a WebSocket.
        with ApiClient(self._api.configuration) as api:
            call = CoreV1Api(api).connect_get_namespaced_pod_portforward
            forward = portforward(call, chosen.pod, self._namespace, ports=str(chosen.port))
            try:
                yield forward.socket(chosen.port)
            finally:
                forward.close()

    def _ready(self, service: str, port: int) -> Sequence[PodPort]:
        found = self._get(f"/api/v1/namespaces/{self._namespace}/services/{service}")
        query = {"labelSelector": f"{SERVICE_LABEL}={service}"}
        slices = self._get(f"/apis/discovery.k8s.io/v1/namespaces/{self._namespace}/endpointslices", query)
        return ready_ports(found, port, slices["items"])

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self._connection.request("GET", path, subject=path, query=query)


def ready_ports(service: Mapping[str, Any], port: int, slices: Sequence[Mapping[str, Any]]) -> Sequence[PodPort]:
    """The ready pods behind a port of a Service, by its EndpointSlices, sorted by name."""
    names = {each.get("name", "") for each in service["spec"]["ports"] if each["port"] == port}
    found = {
        (endpoint["targetRef"]["name"], each["port"])
        for part in slices
        for each in part.get("ports") or ()
        if each.get("name", "") in names
        for endpoint in part.get("endpoints") or ()
        if endpoint.get("conditions", {}).get("ready") and endpoint.get("targetRef", {}).get("kind") == "Pod"
    }
    return [PodPort(pod=pod, port=number) for pod, number in sorted(found)]


def join(one: socket.socket, other: socket.socket) -> None:
    """Copies both ways until either end is done: a forwarding has no half that can be closed alone."""
    back = threading.Thread(target=_copy, args=(other, one), daemon=True)
    back.start()
    _copy(one, other)
    back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(CHUNK_BYTES):
            target.sendall(content)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _server(port: int, forwarding: Forwarding, service: str, service_port: int) -> _Server:
    class Connected(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            # Without a pod the connection ends at once, as one to a Service without a ready pod does.
            gone = contextlib.suppress(SandboxError, OSError, ApiException)
            with gone, forwarding.connected(service, service_port) as there:
                join(self.request, there)

    return _Server((LOOPBACK, port), Connected)


def main(kubeconfig: str, namespace: str, wanted: Mapping[int, tuple[str, int]]) -> None:
    """Serves until the process is ended."""
    with config.new_client_from_config(kubeconfig) as api:
        forwarding = Forwarding(api, namespace)
        servers = [_server(port, forwarding, *target) for port, target in wanted.items()]
        threads = [threading.Thread(target=server.serve_forever) for server in servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], targets(sys.argv[3:]))
