"""An HTTP server that answers for simulated pods, in which nothing runs that could be scraped."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult, urlsplit

from inferencectl.sandbox.ports import LOOPBACK


@contextmanager
def exporting(page: Callable[[SplitResult], str | None]) -> Iterator[int]:
    """Serves what `page` returns for an address, in Prometheus' text format, and yields the port on loopback.

    Where it returns None, the answer is an error.
    """
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(page))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(page: Callable[[SplitResult], str | None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = page(urlsplit(self.path))
            if text is None:
                self.send_error(503)
                return
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler
