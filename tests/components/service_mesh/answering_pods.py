"""Pods of a model, as a client's proxy finds them: servers of REST and gRPC that answer as they are told, and count."""

import http.server
import socket
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

METHOD = "/tensorflow.serving.PredictionService/Predict"
_SECONDS = 20


@dataclass(kw_only=True)
class Pod:
    """A server of one model. ``fails`` makes it answer 503 or UNAVAILABLE; while ``released`` is unset, it waits."""

    address: str
    http_port: int = 0
    grpc_port: int = 0
    fails: bool = False
    released: threading.Event = field(default_factory=threading.Event)
    requests: list[str] = field(default_factory=list[str])

    def answer(self, protocol: str) -> bool:
        """Count a request, and say whether its answer is a good one."""
        self.requests.append(protocol)
        self.released.wait(_SECONDS)
        return not self.fails


@contextmanager
def pods(count: int) -> Iterator[Sequence[Pod]]:
    """Pods that answer, each at an address of its own."""
    found = [Pod(address=loopback_address()) for _ in range(count)]
    servers = [(_http(pod), _grpc(pod)) for pod in found]
    for pod in found:
        pod.released.set()
    try:
        yield found
    finally:
        for pod, (http_server, grpc_server) in zip(found, servers, strict=True):
            pod.released.set()
            http_server.shutdown()
            http_server.server_close()
            grpc_server.stop(None)


@contextmanager
def refusing() -> Iterator[Pod]:
    """A pod to which no connection can be made."""
    address = loopback_address()
    with socket.socket() as taken:
        taken.bind((address, 0))
        port = taken.getsockname()[1]
        yield Pod(address=address, http_port=port, grpc_port=port)


def loopback_address() -> str:
    """An address of this machine that nothing else uses."""
    return "127.{}.{}.{}".format(*(byte | 1 for byte in uuid.uuid4().bytes[:3]))


def _http(pod: Pod) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200 if pod.answer("http") else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
            pass

    server = http.server.ThreadingHTTPServer((pod.address, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pod.http_port = server.server_address[1]
    return server


def _grpc(pod: Pod) -> grpc.Server:
    def predict(_: bytes, context: grpc.ServicerContext) -> bytes:
        if not pod.answer("grpc"):
            context.abort(grpc.StatusCode.UNAVAILABLE, "told to fail")
        return b""

    _, service, method = METHOD.split("/")
    handlers: Any = {method: grpc.unary_unary_rpc_method_handler(predict)}
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    pod.grpc_port = server.add_insecure_port(f"{pod.address}:0")
    server.start()
    return server
