"""The custom timeouts of resources."""

import re

from pulumi.runtime.proto import resource_pb2

_UNIT_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def timeout_seconds(timeouts: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> float | None:
    """The longer of the timeouts for creating and updating; None if the program sets neither."""
    set_by_program = [_seconds(text) for text in (timeouts.create, timeouts.update) if text]
    return max(set_by_program, default=None)


def _seconds(duration: str) -> float:
    """The length of a Go duration such as ``1h30m``. Source: https://pkg.go.dev/time#ParseDuration"""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|h|m|s)", duration)
    if "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"{duration!r} is not a duration such as 15m or 900s")
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
