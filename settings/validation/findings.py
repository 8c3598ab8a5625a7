"""What a validator of our own finds wrong, carried through pydantic's errors to the user.

Pydantic allows a validator one error at the place it is attached to. A finding adds a path below that place, the
expectation in plain words and a remedy, so a validator over several fields can report all it found at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from pydantic_core import PydanticCustomError

REFUSED = "settings_refused"
FINDINGS = "settings_findings"

MISSING = "missing"
"""What was found where something has to be and is not."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing wrong below the validated value."""

    path: tuple[str | int, ...]
    """Keys as the user writes them, and indices, from the validated value down."""
    found: str
    """What is there, in words that are ready to print."""
    expected: str
    hint: str = ""
    """What to do about it; may be empty where the expectation says it."""

    def __str__(self) -> str:
        place = f"{'.'.join(map(str, self.path))}: " if self.path else ""
        return f"{place}{self.found}; expected {self.expected}{f'; {self.hint}' if self.hint else ''}"

    def below(self, *path: str | int) -> "Finding":
        """The same finding, seen from further up."""
        return replace(self, path=(*path, *self.path))


def refuse(expected: str, hint: str = "") -> NoReturn:
    """Refuse the value under validation; the user is shown it together with ``expected`` and ``hint``."""
    # The message is read where a program constructs a section itself; a stack file's errors are made of the context.
    message = "expected {expected}; {hint}" if hint else "expected {expected}"
    raise PydanticCustomError(REFUSED, message, {"expected": expected, "hint": hint})


def refuse_all(findings: Sequence[Finding]) -> None:
    """Refuse the value under validation if there are findings."""
    if findings:
        context = {"findings": tuple(findings), "message": "\n  ".join(map(str, findings))}
        raise PydanticCustomError(FINDINGS, "{message}", context)
