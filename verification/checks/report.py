"""The results of checks, for people and for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain, groupby
from textwrap import wrap

from verification.checks.checks import Check, Result

_COLUMNS = 79
_NAME_COLUMNS = max(map(len, Result)) + 4


def listing(checks: Sequence[Check]) -> str:
    """The checks below the version and the address that they are of; details are wrapped and never truncated.

    Checks that a failed one prevented are left out; the summary counts them.
    """
    made = [check for check in checks if not check.after]
    lines: list[str] = []
    for place, of_place in groupby(made, key=lambda check: f"{check.model} {check.version}  {check.address}".rstrip()):
        lines += [place, *chain.from_iterable(map(_lines, of_place))]
    return "\n".join(lines)


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


def _lines(check: Check) -> list[str]:
    indent = " " * _NAME_COLUMNS
    text = f"{check.name}: {check.detail}" if check.detail else check.name
    return wrap(
        text,
        _COLUMNS,
        initial_indent=f"  {check.result}".ljust(_NAME_COLUMNS),
        subsequent_indent=indent,
        # An address or a digest is copied whole.
        break_long_words=False,
        break_on_hyphens=False,
    )
