"""A model server behind a proxy of the mesh, and who asks it."""

import http.server
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient

from components.service_mesh.profile import Metrics
from components.service_mesh.profiles.istio import Istio
from inferencectl.sandbox.ports import LOOPBACK
from settings import Mesh, MeshProfile
from tests.components.service_mesh.istio_processes import Certificate
from tests.components.service_mesh.requests_of_mesh import Answer, ask

PREDICT = "/v1/models/guarded:predict"
METRICS = "/monitoring/prometheus/metrics"
SAMPLE = ':tensorflow:serving:request_count{model_name="guarded",status="OK"} 7\n'


class Server(http.server.BaseHTTPRequestHandler):
    """A model server that answers everything with its path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        text = json.dumps({"path": self.path, "headers": {name.lower(): text for name, text in self.headers.items()}})
        answer = SAMPLE.encode() if self.path == METRICS else text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815 - names of the base class
    do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
        pass


@dataclass(frozen=True, kw_only=True)
class Meshed:
    """The model behind its proxy, and the certificates of those who call it."""

    api: ApiClient
    namespace: str
    http_port: int
    grpc_port: int
    other_port: int
    agent_port: int
    log: Path
    certificates: Mapping[str, Certificate]

    def ask(
        self,
        who: str | None,
        path: str = PREDICT,
        method: str = "POST",
        *,
        token: str | None = None,
        port: int = 0,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
    ) -> Answer:
        certificate = self.certificates[who] if who else None
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        return ask(port or self.http_port, certificate, method, path, headers={**shown, **(headers or {})}, body=body)

    def logged(self) -> Mapping[str, Mapping[str, Any]]:
        """The last line that the proxy has logged of each path."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return {line["path"]: line for line in (json.loads(each) for each in lines if each.startswith("{"))}

    def status(self, who: str | None, **request: Any) -> int | None:
        return self.ask(who, **request).status


def scraped(server: int) -> Mapping[str, str]:
    """Where the agent of the model's proxy reads the metrics of the server at port ``server``."""
    marks = Istio().inside(Mesh(profile=MeshProfile.ISTIO), metrics=Metrics(port=server, path=METRICS))
    prefix = "prometheus.io/"
    return {key.removeprefix(prefix): text for key, text in marks.annotations.items() if key.startswith(prefix)}


@contextmanager
def serving() -> Iterator[int]:
    """The port of a server without TLS, behind the proxy."""
    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
