"""A server that takes Alertmanager's notifications, as the one behind a webhook would."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from inferencectl.demos.loopback_server import answer, serving
from inferencectl.sandbox.ports import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A request as it came: when, by the monotonic clock, to which path, with which headers and what."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    def has(self, alert: str, status: str) -> bool:
        """Whether it tells that an alert has this status."""
        return any(
            each["labels"]["alertname"] == alert and each["status"] == status for each in self.body.get("alerts", [])
        )


@dataclass
class Webhook:
    """What has been delivered to the server at `url`, the oldest first; `answer` is what it answers with."""

    url: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)

    def to(self, path: str) -> Sequence[Delivery]:
        """What was delivered to one path."""
        return [each for each in self.deliveries if each.path.partition("?")[0] == path]

    def first(self, path: str, alert: str, status: str) -> Delivery | None:
        """The first delivery to a path that tells that an alert has a status."""
        return next((each for each in self.to(path) if each.has(alert, status)), None)


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Takes what is delivered to any path of a free port of the loopback interface."""
    taken = Webhook()
    with serving(_handler(taken)) as port:
        taken.url = f"http://{LOOPBACK}:{port}"
        yield taken


def _handler(taken: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take({})

        def do_POST(self) -> None:
            self._take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _take(self, body: Mapping[str, Any]) -> None:
            headers = dict(self.headers.items())
            taken.deliveries.append(Delivery(at=time.monotonic(), path=self.path, headers=headers, body=body))
            answer(self, json.dumps(taken.answer), "application/json")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler
