"""A cloud on loopback, by the names that it has: a proxy that ends the TLS of its hosts, and answers for them."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import trustme


@dataclass(frozen=True)
class Request:
    method: str
    host: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    body: bytes

    @property
    def bearer(self) -> str | None:
        """The token that the request is signed with."""
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if kind == "Bearer" else None


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(value: object) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


Host = Callable[[Request], Answer]


@dataclass(frozen=True)
class Cloud:
    """Where the proxy listens, and the authority that its hosts are known by."""

    proxy: str
    authority: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What leads a program to the proxy, and has it believe what it finds there."""
        return {"HTTPS_PROXY": self.proxy, "SSL_CERT_FILE": str(self.authority)}


@contextmanager
def cloud(hosts: Mapping[str, Host], directory: Path) -> Iterator[Cloud]:
    """A cloud that consists of ``hosts``; every other one is refused."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    certificates = directory / "ca.crt"
    authority.cert_pem.write_to_path(certificates)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hosts, context))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Cloud(f"http://127.0.0.1:{server.server_port}", certificates)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(hosts: Mapping[str, Host], context: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = ""

        def do_CONNECT(self) -> None:
            self.host = self.path.removesuffix(":443")
            if self.host not in hosts:
                self.send_error(502)
                return
            self.send_response(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)  # pyright: ignore[reportAttributeAccessIssue]
            self.close_connection = False

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.host, self.path, {**self.headers}, body)
            given = hosts[self.host](request)
            self.send_response(given.status)
            headers = {"Content-Length": str(len(given.body)), **given.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else given.body)

        do_GET = do_HEAD = do_POST = answer  # noqa: N815 - the library names them so

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library names it so
            pass

    return Handler
