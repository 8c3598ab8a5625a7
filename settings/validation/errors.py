"""The one error of this room."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import RunError


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to correct in the configuration of a stack."""

    file: str
    """The stack file, as the user named it."""
    path: str
    """Where in the file: ``inference:platform.models[0] (mnist).size`` or ``line 3, column 7``; empty for all of it."""
    value: str
    """What is there, in words that are ready to print: the value cut to 60 characters, ``missing``, ``unknown key``."""
    expected: str = ""
    """What should be there; empty where the hint says it."""
    hint: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        remedy = [f"expected {self.expected}"] if self.expected else []
        return f"{place}: {'; '.join([self.value, *remedy, *([self.hint] if self.hint else [])])}"


class SettingsError(RunError):
    """The configuration of a stack cannot be used. It lists every problem found, one line each.

    Pulumi prints a ``RunError`` without a traceback. Tools of our own exit with ``exit_code``.
    """

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
