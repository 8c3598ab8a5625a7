"""Stands in for GitHub: its comments, its code scanning, and its identities, on the loopback interface."""

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "example/platform"
TOKEN = "token-of-the-job"
AUTHOR = {"login": "github-actions[bot]"}


@dataclass(kw_only=True)
class StandInForge:
    """What is on the forge; `url` is where it answers."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    has_code_scanning: bool = True

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        below = f"/repos/{REPOSITORY}/"
        if path == "/identity":
            return 200, {"value": f"identity for {query['audience'][0]}"}
        if method == "GET" and path == f"{below}issues/7/comments":
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[size * (page - 1) : size * page]
        if method == "POST" and path == f"{below}issues/7/comments":
            self.comments.append({"id": len(self.comments), "user": AUTHOR, "body": body["body"]})
            return 201, self.comments[-1]
        if method == "PATCH" and path.startswith(f"{below}issues/comments/"):
            self.comments[int(path.rpartition("/")[2])]["body"] = body["body"]
            return 200, {}
        if method == "POST" and path == f"{below}code-scanning/sarifs" and self.has_code_scanning:
            log = json.loads(gzip.decompress(base64.b64decode(body["sarif"])))
            self.findings.append({**body, "sarif": log})
            return 202, {}
        return 404, {"message": "Not Found"}


@contextmanager
def forge() -> Iterator[StandInForge]:
    """A forge that answers whoever has the token of the job."""
    standing = StandInForge()

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            address = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = 401, {}
            if self.headers["Authorization"] == f"Bearer {TOKEN}":
                status, answer = standing.answer(self.command, address.path, parse_qs(address.query), body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = do  # noqa: N815 - what the class above calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the class above
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    standing.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield standing
    finally:
        server.shutdown()
        server.server_close()
