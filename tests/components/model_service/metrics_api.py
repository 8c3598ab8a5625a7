"""A metrics API of our own making behind the real aggregation layer: pods use as much as the test says."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme
from kubernetes import client

from inferencectl.deployer.resources import Resources
from inferencectl.sandbox.controllers.aggregated_api import AggregatedApi

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
GROUP_VERSION = f"{GROUP}/{VERSION}"


@dataclass
class Load:
    """What each pod uses; ``cpu`` None means that no pod is measured."""

    cpu: str | None = None
    api: client.CoreV1Api = field(repr=False, kw_only=True)

    def pod_metrics(self, namespace: str, selector: str) -> dict[str, Any]:
        pods: Any = self.api.list_namespaced_pod(namespace, label_selector=selector) if self.cpu else None
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        items = [
            {
                "metadata": {"name": pod.metadata.name, "namespace": namespace},
                "timestamp": now,
                "window": "1s",
                "containers": [
                    {"name": container.name, "usage": {"cpu": self.cpu, "memory": "64Mi"}}
                    for container in pod.spec.containers
                ],
            }
            for pod in (pods.items if pods else [])
        ]
        return {"kind": "PodMetricsList", "apiVersion": GROUP_VERSION, "metadata": {}, "items": items}


@contextmanager
def serve(load: Load, api: client.ApiClient, namespace: str) -> Iterator[None]:
    """Register the API with the aggregation layer, reached through an ExternalName service on this machine."""
    authority = trustme.CA()
    certificate = authority.issue_cert(f"metrics.{namespace}.svc", "localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(load))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    registered = AggregatedApi(group=GROUP, version=VERSION, namespace=namespace, service="metrics")
    try:
        for manifest in registered.manifests(server.server_port, authority.cert_pem.bytes()):
            Resources(api).apply(manifest)
        yield
    finally:
        client.ApiregistrationV1Api(api).delete_api_service(registered.name)
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(load: Load) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            parts = url.path.strip("/").split("/")
            match parts:
                case ["apis", "metrics.k8s.io", "v1beta1", "namespaces", namespace, "pods"]:
                    selector = parse_qs(url.query).get("labelSelector", [""])[0]
                    self._answer(load.pod_metrics(namespace, selector))
                case ["apis", "metrics.k8s.io", "v1beta1"]:
                    pods = {"name": "pods", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}
                    self._answer({"kind": "APIResourceList", "groupVersion": GROUP_VERSION, "resources": [pods]})
                case _:
                    self.send_error(404)

        def _answer(self, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler
