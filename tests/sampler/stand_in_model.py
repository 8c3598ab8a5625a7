"""A stand-in for a model server: it answers the predict API of TensorFlow Serving, as slowly as a test says."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROBABILITIES = [0.05, 0.9, 0.05]


@dataclass(kw_only=True)
class StandInModel:
    """What it is asked, and how it answers."""

    port: int = 0
    grpc_port: int = 0
    seconds: float = 0
    status: int = 200
    paths: list[str] = field(default_factory=list)
    most_at_once: int = 0
    hangs: threading.Event = field(default_factory=threading.Event)
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        with self._lock:
            self._now += 1
            self.paths.append(path)
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            time.sleep(self.seconds)
            while self.hangs.is_set():
                time.sleep(0.05)
            rows = len(json.loads(body)["instances"])
        finally:
            with self._lock:
                self._now -= 1
        return self.status, json.dumps({"predictions": [PROBABILITIES] * rows}).encode()


@contextmanager
def standing_in() -> Iterator[StandInModel]:
    """One that answers until the context ends."""
    model = StandInModel()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = model.answer(self.path, body)
            with suppress(BrokenPipeError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: a test asks thousands of times."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

    server = Server(("127.0.0.1", 0), Handler)
    model.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield model
    finally:
        model.hangs.clear()
        server.shutdown()
        server.server_close()
