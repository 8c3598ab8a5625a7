"""The results of checks, for people and for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from verification.checks.checks import Check, Result

_HEADINGS = ("model", "address", "check", "result", "")


def table(checks: Sequence[Check]) -> str:
    """The checks as aligned columns; details, in the last column, are never truncated.

    Checks that a failed one prevented are left out; the summary counts them.
    """
    lines = [_HEADINGS, *(_cells(check) for check in checks if not check.after)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADINGS) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]).rstrip()
        for line in lines
    )


def summary(checks: Sequence[Check]) -> str:
    """The number of checks by result, and the number of versions."""
    versions = {(check.model, check.version) for check in checks}
    counts = ", ".join(f"{sum(check.result is result for check in checks)} {result}" for result in Result)
    return f"{len(versions)} version{'s' if len(versions) > 1 else ''}: {counts}"


def as_json(checks: Sequence[Check]) -> str:
    """The checks as a JSON object."""
    return json.dumps({"passed": not has_failed(checks), "checks": [asdict(check) for check in checks]}, indent=2)


def has_failed(checks: Sequence[Check]) -> bool:
    """Whether any check failed."""
    return any(check.result is Result.FAILED for check in checks)


def _cells(check: Check) -> tuple[str, ...]:
    return (f"{check.model} {check.version}", check.address, check.name, check.result, check.detail)
