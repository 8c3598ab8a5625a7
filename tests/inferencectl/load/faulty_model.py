"""A model without a server of its own: answers the load over REST and gRPC, and fails as a test says it must."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc

from tests.both_protocols import serving
from verification.client.open_inference.grpc import SERVICE
from verification.client.tensorflow_serving.grpc import PREDICT

INFER = f"{SERVICE}/ModelInfer"
UNAVAILABLE, RESET, SILENT, EMPTY = "unavailable", "reset", "silent", "empty"
"""What can happen to a request instead of an answer."""


class FaultyModel:
    """``faults`` says what happens to a request, by its protocol and its number from 0; the others are answered.

    ``seen`` counts the requests by protocol, and the connections over REST. Answers come after ``delay_seconds`` and
    name ``version``.
    """

    def __init__(self) -> None:
        self.faults: dict[tuple[str, int], str] = {}
        self.seen: Counter[str] = Counter()
        self.delay_seconds = 0.0
        self.version = 1
        self.rest = self.grpc = ""
        self._lock = threading.Lock()
        self._over = threading.Event()

    def fault(self, protocol: str) -> str | None:
        """Count a request; returns what happens to it."""
        with self._lock:
            number = self.seen[protocol]
            self.seen[protocol] += 1
        time.sleep(self.delay_seconds)
        fault = self.faults.get((protocol, number))
        if fault == SILENT:
            self._over.wait()
        return fault

    def end(self) -> None:
        """Let go of every request that gets no answer."""
        self._over.set()


@contextmanager
def faulty_model() -> Iterator[FaultyModel]:
    model = FaultyModel()
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Rest", (_Rest,), {"model": model}))
    http.daemon_threads = True
    with serving(http, _Grpc(model), 64) as (rest, model.grpc):
        model.rest = f"http://{rest}"
        try:
            yield model
        finally:
            model.end()


class _Rest(BaseHTTPRequestHandler):
    model: FaultyModel
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.model.seen["connection"] += 1

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = self.model.fault("rest")
        if fault in (RESET, SILENT):
            self.close_connection = True
        elif fault == UNAVAILABLE:
            self._answer(503, {"error": "told to fail"})
        elif self.path.startswith("/v2/"):
            outputs = [] if fault == EMPTY else body["inputs"]
            self._answer(200, {"model_version": str(self.model.version), **({"outputs": outputs} if outputs else {})})
        else:
            self._answer(200, {} if fault == EMPTY else {"outputs": body["inputs"]})

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        pass


class _Grpc(grpc.GenericRpcHandler):
    """Answers in bytes: the messages of the load are compiled by k6 alone."""

    def __init__(self, model: FaultyModel) -> None:
        self._model = model
        # Field numbers of the answers: 2 and 5 of ModelInferResponse; 1 and 2 of PredictResponse.
        self._answers: Mapping[str, Callable[[], bytes]] = {
            INFER: lambda: _field(2, str(model.version).encode()) + _field(5, _field(1, b"y")),
            PREDICT: lambda: _field(1, _field(1, b"y") + _field(2, b"")) + _field(2, _version_spec(model.version)),
        }

    def service(self, handler_call_details: Any) -> Any:
        answer = self._answers.get(handler_call_details.method)
        return (
            grpc.unary_unary_rpc_method_handler(lambda _, context: self._respond(answer, context)) if answer else None
        )

    def _respond(self, answer: Callable[[], bytes], context: Any) -> bytes:
        fault = self._model.fault("grpc")
        if fault in (UNAVAILABLE, RESET):
            context.abort(grpc.StatusCode.UNAVAILABLE, "told to fail")
        return b"" if fault == EMPTY else answer()


def _field(number: int, content: bytes) -> bytes:
    """A field of a message, with content of less than 128 bytes."""
    return bytes([number << 3 | 2, len(content)]) + content


def _version_spec(version: int) -> bytes:
    """A ModelSpec whose version, less than 128, is an Int64Value."""
    return _field(2, bytes([1 << 3, version]))
