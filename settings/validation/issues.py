"""What a validator of our own finds wrong, carried through pydantic's errors to the user.

Pydantic allows a validator one error at the place it is attached to. An issue adds a path below that place, the
expectation in plain words and a remedy, so a validator over several fields can report all it found at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from pydantic_core import PydanticCustomError

REFUSED = "settings_refused"
ISSUES = "settings_issues"

MISSING = "missing"
"""What was found where something has to be and is not."""


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One thing wrong below the validated value."""

    path: tuple[str | int, ...]
    """Keys as the user writes them, and indices, from the validated value down."""
    found: str
    """What is there, in words that are ready to print."""
    expected: str
    hint: str = ""
    """What to do about it; may be empty where the expectation says it."""

    def below(self, *path: str | int) -> "Issue":
        """The same issue, seen from further up."""
        return replace(self, path=(*path, *self.path))


def refuse(expected: str, hint: str = "") -> NoReturn:
    """Refuse the value under validation; the user is shown it together with ``expected`` and ``hint``."""
    raise PydanticCustomError(REFUSED, "refused", {"expected": expected, "hint": hint})


def refuse_all(issues: Sequence[Issue]) -> None:
    """Refuse the value under validation if there are issues."""
    if issues:
        raise PydanticCustomError(ISSUES, "refused", {"issues": tuple(issues)})
