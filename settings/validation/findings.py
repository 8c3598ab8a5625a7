"""Findings of custom validators, carried through pydantic's errors to the user.

Pydantic allows a validator one error, at the place it is attached to. A finding adds a path below that place, the
expectation and a remedy, so a validator of several fields can report everything at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from pydantic_core import PydanticCustomError

REFUSED = "settings_refused"
FINDINGS = "settings_findings"

MISSING = "missing"
"""The value of a finding about a required key that is absent."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One problem below the validated value."""

    path: tuple[str | int, ...]
    """Keys as spelled in the stack file, and indices, relative to the validated value."""
    found: str
    """What was found, ready to print."""
    expected: str
    hint: str = ""
    """Suggested remedy; may be empty."""

    def __str__(self) -> str:
        place = f"{'.'.join(map(str, self.path))}: " if self.path else ""
        return f"{place}{self.found}; expected {self.expected}{f'; {self.hint}' if self.hint else ''}"

    def below(self, *path: str | int) -> "Finding":
        """The same finding with its path prefixed."""
        return replace(self, path=(*path, *self.path))


def refuse(expected: str, hint: str = "") -> NoReturn:
    """Reject the value under validation; the error shows it with ``expected`` and ``hint``."""
    # The message is for programs that construct sections themselves; errors of a stack file use the context.
    message = "expected {expected}; {hint}" if hint else "expected {expected}"
    raise PydanticCustomError(REFUSED, message, {"expected": expected, "hint": hint})


def refuse_all(findings: Sequence[Finding]) -> None:
    """Reject the value under validation if there are findings."""
    if findings:
        context = {"findings": tuple(findings), "message": "\n  ".join(map(str, findings))}
        raise PydanticCustomError(FINDINGS, "{message}", context)
