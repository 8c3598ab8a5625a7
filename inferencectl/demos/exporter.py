"""An HTTP server that answers for simulated pods, in which nothing runs that could be scraped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import SplitResult, urlsplit

from inferencectl.demos.loopback_server import answer, serving


@contextmanager
def exporting(page: Callable[[SplitResult], str | None]) -> Iterator[int]:
    """Serves what `page` returns for an address, in Prometheus' text format, and yields the port on loopback.

    Where it returns None, the answer is an error.
    """
    with serving(_handler(page)) as port:
        yield port


def _handler(page: Callable[[SplitResult], str | None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = page(urlsplit(self.path))
            if text is None:
                self.send_error(503)
            else:
                answer(self, text, "text/plain; version=0.0.4")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler
