"""A web server on loopback with TLS: files by name and in parts, and nothing that lists them."""

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

import trustme

HOST, ELSEWHERE = "localhost", "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    method: str
    host: str
    path: str
    part: str | None
    authorization: str | None


@dataclass
class WebServer:
    """`files` by their paths; `allowed` is the one authorization that it lets pass."""

    files: dict[str, bytes]
    allowed: str | None = None
    knows_parts: bool = True
    knows_sizes: bool = True
    moved: dict[str, str] = field(default_factory=dict)
    """Where it redirects to, by path."""
    denies: Callable[[Asked], bool] = lambda _: False
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    authority: Path = Path()

    def content(self) -> list[Asked]:
        """The requests for content of the model's files."""
        return [each for each in self.asked if each.method == "GET" and not each.path.endswith("SHA256SUMS")]

    def answer(self, asked: Asked) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append(asked)
        if asked.path in self.moved:
            return 302, {"Location": self.moved[asked.path]}, b""
        if asked.host.startswith(HOST) and asked.authorization != self.allowed:
            return 401, {}, b""
        if self.denies(asked):
            return 503, {}, b""
        content = self.files.get(asked.path)
        if content is None:
            # As storage does that keeps its listing to itself, where the path is a folder.
            return (403 if any(path.startswith(f"{asked.path}/") for path in self.files) else 404), {}, b""
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.part or "") if self.knows_parts else None
        if part is None:
            return 200, {}, content
        first, last = int(part[1]), min(int(part[2] or len(content)), len(content) - 1)
        return 206, {"Content-Range": f"bytes {first}-{last}/{len(content)}"}, content[first : last + 1]


@contextmanager
def running(server: WebServer, directory: Path, elsewhere: str = "") -> Iterator[WebServer]:
    """The server over TLS at `HOST`, whose authority is private. With the scheme ``elsewhere`` it redirects to
    `ELSEWHERE`, where it listens as well."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, ELSEWHERE).configure_cert(context)
    server.authority = directory / "authority"
    server.authority.mkdir()
    authority.cert_pem.write_to_path(server.authority / "ca.crt")
    with ExitStack() as stack:
        server.url = f"https://{HOST}:{stack.enter_context(_listening(server, context))}"
        if elsewhere:
            port = stack.enter_context(_listening(server, context if elsewhere == "https" else None))
            server.moved = {path: f"{elsewhere}://{ELSEWHERE}:{port}{to}" for path, to in server.moved.items()}
        yield server


@contextmanager
def _listening(server: WebServer, context: ssl.SSLContext | None) -> Iterator[int]:
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    if context:
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener.server_port
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def _handler(server: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            headers = {name: self.headers.get(name) for name in ("Range", "Authorization")}
            asked = Asked(
                self.command, self.headers["Host"], unquote(self.path), headers["Range"], headers["Authorization"]
            )
            status, more, content = server.answer(asked)
            self.send_response(status)
            is_sized = server.knows_sizes or self.command == "GET"
            for name, value in {**({"Content-Length": str(len(content))} if is_sized else {}), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        do_GET = do_HEAD = answer  # noqa: N815 - the library names them so

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library names it so
            pass

    return Handler
