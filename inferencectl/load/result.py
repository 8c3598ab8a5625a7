"""One request of the load, as the line that k6 printed when it ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Protocol(StrEnum):
    """What a request was sent over."""

    REST = "rest"
    GRPC = "grpc"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A request that ended: answered or lost.

    ``number`` counts the requests of a protocol from 0. ``started`` is in seconds since 1970, and ``seconds`` is how
    long it took, with the connection if one had to be made. ``status`` is that of HTTP or of gRPC, -1 without any.
    ``version`` is the version that answered, empty where the answer does not name it.
    """

    protocol: Protocol
    number: int
    started: float
    seconds: float
    status: int
    version: str = ""
    error: str = ""

    @property
    def ended(self) -> float:
        """When it ended, in seconds since 1970."""
        return self.started + self.seconds

    @property
    def is_answered(self) -> bool:
        """Whether a prediction came back within the time limit; any other request is lost."""
        is_success = self.status == 0 if self.protocol is Protocol.GRPC else 200 <= self.status <= 299
        return is_success and not self.error


@dataclass(frozen=True, kw_only=True)
class Total:
    """What k6 counted for a protocol: the requests that ended, and those that it could not start on schedule."""

    ended: int
    dropped: int


Totals = Mapping[Protocol, Total]


def parse(line: str) -> Result | Totals | None:
    """What a line of k6's output says; None for a line that is not of our script."""
    if not line.startswith("{"):
        return None
    try:
        content = json.loads(line)
        if "end" in content:
            return {Protocol(name): Total(**counts) for name, counts in content["end"].items()}
        return Result(
            protocol=Protocol(content["p"]),
            number=content["i"],
            started=content["t"] / 1000,
            seconds=content["d"] / 1000,
            status=content["s"],
            version=str(content.get("v") or ""),
            error=content.get("e") or "",
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
