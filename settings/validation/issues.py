"""Issues of custom validators, carried through pydantic's errors to the user.

Pydantic allows a validator one error, at the place it is attached to. An issue adds a path below that place, the
expectation and a remedy, so a validator of several fields can report everything at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from pydantic_core import PydanticCustomError

from settings.validation.words import encodable

REFUSED = "settings_refused"
ISSUES = "settings_issues"

MISSING = "missing"
"""The value of an issue about a required key that is absent."""


@dataclass(frozen=True, kw_only=True)
class Issue:
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

    def below(self, *path: str | int) -> "Issue":
        """The same issue with its path prefixed."""
        return replace(self, path=(*path, *self.path))


def refuse(expected: str, hint: str = "") -> NoReturn:
    """Reject the value under validation; the error shows it with ``expected`` and ``hint``."""
    # The message is for programs that construct sections themselves; errors of a stack file use the context.
    message = "expected {expected}; {hint}" if hint else "expected {expected}"
    raise PydanticCustomError(REFUSED, message, {"expected": encodable(expected), "hint": encodable(hint)})


def refuse_all(issues: Sequence[Issue]) -> None:
    """Reject the value under validation if there are issues."""
    if issues:
        context = {"issues": tuple(issues), "message": encodable("\n  ".join(map(str, issues)))}
        raise PydanticCustomError(ISSUES, "{message}", context)
