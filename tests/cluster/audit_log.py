"""The audit log of a control plane, as an auditor reads it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from inferencectl.sandbox.control_plane import Cluster

Event = dict[str, Any]


class AuditLog:
    """All files of the log, those put aside included; ``eventually`` waits for a condition."""

    def __init__(self, cluster: Cluster, eventually: Callable[[Callable[[], object]], object]) -> None:
        self._folder = cluster.kubeconfig.parent / "logs"
        self._eventually = eventually

    @property
    def files(self) -> list[Path]:
        return sorted(self._folder.glob("audit*.log"))

    def lines(self, text: str) -> Iterator[str]:
        """The lines that hold ``text``."""
        for file in self.files:
            with file.open(encoding="utf-8") as log:
                yield from (line for line in log if text in line)

    def events(self, about: str, **wanted: str) -> list[Event]:
        """The events that speak ``about`` something unique, such as a namespace, and have the fields of ``wanted``.

        ``resource`` is the object's, with its subresource; the other fields are the event's own.
        """
        return [event for event in map(json.loads, self.lines(about)) if wanted.items() <= _fields(event).items()]

    def awaited(self, about: str, **wanted: str) -> list[Event]:
        """The same once there are any: an event is written when its answer has been sent."""
        self._eventually(lambda: self.events(about, **wanted))
        return self.events(about, **wanted)


def _fields(event: Event) -> dict[str, str]:
    reference = event.get("objectRef", {})
    resource = "/".join(reference[key] for key in ("resource", "subresource") if key in reference)
    return {**{key: value for key, value in event.items() if isinstance(value, str)}, "resource": resource}
