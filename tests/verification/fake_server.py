"""A model server without a model, in the test's own process, with scripted faults and counted requests.

It sums the values of each row. Over gRPC it uses the client's own messages; other tests hold those against TensorFlow
Serving's.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from google.protobuf.message import Message

from tests.both_protocols import serving
from tests.waiting import soon
from verification.client.tensorflow_serving import messages_pb2 as messages
from verification.client.tensorflow_serving.grpc import METADATA, PREDICT, STATUS
from verification.client.tensorflow_serving.tensors import from_message, to_message

MODEL = "adder"
FORM = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}, {"size": "-1"}]}}
SIGNATURES = {"serving_default": {"inputs": {"terms": FORM}, "outputs": {"sum": FORM}}}


class FakeServer:
    """``faults`` has one entry for each prediction, first to last: 503, 400, ``reset`` (no response), ``drip``
    (a response without end) or ``leave`` (a response, then a closed connection); predictions after them succeed.

    ``seen`` counts the requests; ``batches`` has the number of rows of each prediction. A test clears ``gate`` to
    make predictions wait.
    """

    def __init__(self) -> None:
        self.faults: list[int | str] = []
        self.seen: Counter[str] = Counter()
        self.batches: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.lock = threading.Lock()
        self.rest = self.grpc = ""

    def fault(self, kind: str) -> int | str:
        """Count a request and return its fault, if it is a prediction that has one."""
        with self.lock:
            self.seen[kind] += 1
            fault = self.faults.pop(0) if self.faults and kind == "predict" else 0
        if kind == "predict":
            self.gate.wait()
        return fault

    def add(self, rows: Any) -> list[list[float]]:
        with self.lock:
            self.batches.append(len(rows))
        return [[sum(row)] for row in rows]

    def awaits(self, predictions: int) -> None:
        """Return once so many predictions have been requested."""
        soon(lambda: self.seen["predict"] >= predictions, f"{predictions} predictions are requested")


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    fake = FakeServer()
    http = _Server(("127.0.0.1", 0), type("Rest", (_Rest,), {"fake": fake}))
    http.fake = fake
    with serving(http, _grpc(fake), 16) as (rest, grpc_address):
        fake.rest, fake.grpc = f"http://{rest}", f"grpc://{grpc_address}"
        try:
            yield fake
        finally:
            fake.gate.set()


class _Server(ThreadingHTTPServer):
    fake: FakeServer

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.fake.seen["closed"] += 1


class _Rest(BaseHTTPRequestHandler):
    fake: FakeServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        self.fake.seen["other"] += 1
        if self.path.endswith("/metadata"):
            self._answer(200, {"metadata": {"signature_def": {"signature_def": SIGNATURES}}})
        else:
            self._answer(200, {"model_version_status": [{"version": "1", "state": "AVAILABLE"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self.fake.fault("predict"):
            case 0 | "leave" as fault:
                self.close_connection = fault == "leave"
                self._answer(200, {"outputs": self.fake.add(body["inputs"]["terms"])})
            case int(status):
                self._answer(status, {"error": f"scripted status {status}"})
            case "reset":
                self.close_connection = True
            case _:
                self._drip()

    def _drip(self) -> None:
        """A response that keeps sending bytes until the client closes the connection."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" ")
                self.wfile.flush()
                self.fake.seen["drips"] += 1
                threading.Event().wait(0.01)
        except OSError:
            self.close_connection = True

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        pass


def _grpc(fake: FakeServer) -> grpc.GenericRpcHandler:
    def predict(request: Any, context: Any) -> Any:
        match fake.fault("predict"):
            case 0:
                response = messages.PredictResponse()
                sums = fake.add(from_message(request.inputs["terms"]))
                response.outputs["sum"].CopyFrom(to_message(sums, "DT_FLOAT"))
                return response
            case 503:
                return context.abort(grpc.StatusCode.UNAVAILABLE, "scripted fault")
            case _:
                return context.abort(grpc.StatusCode.INVALID_ARGUMENT, "scripted fault")

    def metadata(request: Any, context: Any) -> Any:
        fake.seen["other"] += 1
        signatures = messages.SignatureDefMap()
        for side, name in (("inputs", "terms"), ("outputs", "sum")):
            info = getattr(signatures.signature_def["serving_default"], side)[name]
            info.dtype = messages.DT_FLOAT
            info.tensor_shape.dim.add(size=-1)
            info.tensor_shape.dim.add(size=-1)
        response = messages.GetModelMetadataResponse()
        response.metadata["signature_def"].value = signatures.SerializeToString()
        return response

    def status(request: Any, context: Any) -> Any:
        response = messages.GetModelStatusResponse()
        response.model_version_status.add(version=1, state=messages.ModelVersionStatus.AVAILABLE)
        return response

    methods = {
        PREDICT: _method(predict, messages.PredictRequest),
        METADATA: _method(metadata, messages.GetModelMetadataRequest),
        STATUS: _method(status, messages.GetModelStatusRequest),
    }

    class Handler(grpc.GenericRpcHandler):
        def service(self, handler_call_details: Any) -> Any:
            return methods.get(handler_call_details.method)

    return Handler()


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _method(behaviour: Callable[[Any, Any], Any], request: type[Message]) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        behaviour,
        request_deserializer=request.FromString,
        response_serializer=_serialized,
    )
