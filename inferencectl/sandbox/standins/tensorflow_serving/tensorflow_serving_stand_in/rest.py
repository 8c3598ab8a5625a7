"""The REST API, on the paths of TensorFlow Serving, and the page of metrics.

Sources: tensorflow_serving/model_servers/http_rest_api_util.cc, http_rest_api_handler.cc and http_server.cc.
"""

import json
import re
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import grpc
from google.protobuf import json_format
from tensorflow_serving.apis import get_model_metadata_pb2, model_pb2

from tensorflow_serving_stand_in import NAME, json_tensors
from tensorflow_serving_stand_in.errors import ServingError, invalid
from tensorflow_serving_stand_in.servable import microseconds_since
from tensorflow_serving_stand_in.service import SIGNATURES, Service

_WHICH = r"(?:(?:/versions/(?P<version>\d+))|(?:/labels/(?P<label>[^/:]+)))?"
_PREDICTION = re.compile(rf"(?i)/v1/models/(?P<name>[^/:]+){_WHICH}:(?P<what>classify|regress|predict)")
_STATUS = re.compile(rf"(?i)/v1/models(?:/(?P<name>[^/:]+))?{_WHICH}(?:/(?P<what>metadata))?")
_API = re.compile(r"(?i)/v1/.*")


class RestServer(ThreadingHTTPServer):
    """Serves until `drain`; at most `threads` requests are worked on at a time, and the others wait."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    handler: type[BaseHTTPRequestHandler]

    def __init__(self, port: int, threads: int, service: Service, metrics_path: str | None) -> None:
        super().__init__(("0.0.0.0", port), self.handler)  # noqa: S104 - of a pod, behind its network policies
        self.service = service
        self.metrics_path = metrics_path
        self.limit = threading.Semaphore(threads) if threads > 0 else nullcontext()
        self.draining = False
        self._open = 0
        self._changed = threading.Condition()

    def drain(self, seconds: float) -> None:
        """Accept nothing more, and return when every request is answered, or after `seconds`."""
        self.draining = True
        self.shutdown()
        self.server_close()
        deadline = time.monotonic() + seconds
        with self._changed:
            self._changed.wait_for(lambda: self._open == 0, deadline - time.monotonic())

    def begun(self) -> None:
        """A request was read."""
        with self._changed:
            self._open += 1

    def ended(self) -> None:
        """A request was answered."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()


class Handler(BaseHTTPRequestHandler):
    """Answers one request after the other on a connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body go together

    @property
    def _server(self) -> RestServer:
        return cast("RestServer", self.server)

    def do_GET(self) -> None:
        """Answer a GET request."""
        self._answered()

    def do_POST(self) -> None:
        """Answer a POST request."""
        self._answered()

    def version_string(self) -> str:
        """The header Server."""
        return NAME

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Nothing: metrics count what was answered."""

    def _answered(self) -> None:
        self._server.begun()
        try:
            # Read before the path is looked at, or the next request would begin with it.
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = urlsplit(self.path).path
            with self._server.limit:
                if path == self._server.metrics_path:
                    self._respond(HTTPStatus.OK, "text/plain", self._server.service.metrics.page())
                elif _API.fullmatch(path):
                    self._api(path, body)
                else:
                    self._respond(HTTPStatus.NOT_FOUND, "text/plain", "")
        finally:
            self._server.ended()

    def _api(self, path: str, body: bytes) -> None:
        started, metrics = time.perf_counter(), self._server.service.metrics
        pattern = _PREDICTION if self.command == "POST" else _STATUS
        match = pattern.fullmatch(path)
        name = unquote((match and match["name"]) or "")
        status, code = HTTPStatus.OK, "OK"
        try:
            if match is None:
                raise invalid(f"Malformed request: {self.command} {path}")
            content = self._content(match, name, body)
        except ServingError as error:
            status, code, content = error.http_status, error.code.name, {"error": error.message}
        if status is HTTPStatus.OK:
            what = (match and match["what"]) if self.command == "POST" else ""
            metrics.request_latency.add(microseconds_since(started), name, what or "", "REST")
        metrics.requests.add(name, code)
        self._respond(status, "application/json", json.dumps(content, indent=4) + "\n")

    def _content(self, match: re.Match[str], name: str, body: bytes) -> Mapping[str, Any]:
        service = self._server.service
        spec = _spec(name, match)
        if self.command == "POST":
            return self._predicted(match["what"].lower(), spec, body)
        if not name:
            raise invalid("Missing model name in request.")
        if match["what"]:
            return _metadata(service.metadata(spec, [SIGNATURES]))
        return _written(service.models.status(spec))

    def _predicted(self, what: str, spec: Any, body: bytes) -> Mapping[str, Any]:
        if what != "predict":
            message = f"the {NAME} does not {what}; use the predict API"
            raise ServingError(grpc.StatusCode.UNIMPLEMENTED, message)
        parsed = json_tensors.parsed(body)
        spec.signature_name = parsed.get("signature_name", "")
        definition = self._server.service.definition(spec, spec.signature_name)
        _, outputs = self._server.service.predict(spec, json_tensors.inputs(parsed, definition))
        return json_tensors.outputs(outputs, rows=json_tensors.ROWS in parsed)

    def _respond(self, status: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self._server.draining:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


RestServer.handler = Handler


def _spec(name: str, match: re.Match[str]) -> Any:
    spec = model_pb2.ModelSpec(name=name)
    if match["version"]:
        spec.version.value = int(match["version"])
    if match["label"]:
        spec.version_label = unquote(match["label"])
    return spec


def _metadata(message: Any) -> Mapping[str, Any]:
    signatures = get_model_metadata_pb2.SignatureDefMap()
    message.metadata[SIGNATURES].Unpack(signatures)
    return {"model_spec": _written(message.model_spec), "metadata": {SIGNATURES: _written(signatures)}}


def _written(message: Any) -> Mapping[str, Any]:
    """As TensorFlow Serving writes its messages: its own names, and defaults as well."""
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
