"""A proxy in front of the API server that misbehaves as reported."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kubernetes.client import ApiClient, Configuration


class Exchange(BaseHTTPRequestHandler):
    """One request, which a fault may answer, forward or break."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def proxy(self) -> "FaultyProxy":
        assert isinstance(self.server, FaultyProxy)
        return self.server

    def answer(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        self._send(status, body, len(body), headers)

    def forward(self) -> tuple[int, bytes]:
        upstream = self.proxy.upstream
        headers = {name: self.headers[name] for name in ("Content-Type", "Accept")}
        url = upstream.configuration.host + self.path
        response = upstream.rest_client.pool_manager.request(self.command, url, body=self.body, headers=headers)
        return response.status, response.data

    def truncate(self) -> None:
        """Forward the request, and end the connection in the middle of the answer."""
        status, body = self.forward()
        self._send(status, body[: len(body) // 2], len(body), {})
        self.close_connection = True

    def reset(self) -> None:
        """End the connection with a reset, before or after the request was forwarded."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def handle_any(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        fault = self.proxy.next_fault(self)
        if fault:
            fault(self)
        else:
            self.answer(*self.forward())

    do_GET = do_PATCH = do_DELETE = do_POST = do_PUT = handle_any  # noqa: N815 - names that http.server calls

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - overridden
        """Stay silent."""

    def _send(self, status: int, body: bytes, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)


Fault = Callable[[Exchange], None]
Choice = Callable[[int, Exchange], Fault | None]


class FaultyProxy(ThreadingHTTPServer):
    """`choose` says for the n-th request (from 1) which fault it meets; `requests` are `VERB path` in order."""

    daemon_threads = True

    def __init__(self, upstream: ApiClient) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.upstream = upstream
        self.choose: Choice = lambda _number, _exchange: None
        self.requests: list[str] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next_fault(self, exchange: Exchange) -> Fault | None:
        with self._lock:
            self.requests.append(f"{exchange.command} {exchange.path}")
            return self.choose(len(self.requests), exchange)

    def handle_error(self, request: object, client_address: object) -> None:
        """Broken connections are what this proxy is for."""


@contextmanager
def faulty_proxy(upstream: ApiClient) -> Iterator[FaultyProxy]:
    with FaultyProxy(upstream) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def client_of(url: str) -> ApiClient:
    configuration = Configuration()
    configuration.host = url
    return ApiClient(configuration)


def status_answer(status: int, **headers: str) -> Fault:
    """An error of the API server itself, with nothing forwarded."""
    body = json.dumps({"kind": "Status", "status": "Failure", "message": "injected", "code": status}).encode()
    return lambda exchange: exchange.answer(status, body, **headers)


def reset_before(exchange: Exchange) -> None:
    exchange.reset()


def reset_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.reset()


def truncated(exchange: Exchange) -> None:
    exchange.truncate()
