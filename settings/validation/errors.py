"""The error that invalid settings raise."""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi import RunError


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to correct in the configuration of a stack."""

    file: str
    """The stack file, as given by the user."""
    path: str
    """Where: ``inference:platform.models[0] (mnist).size`` or ``line 3, column 7``; empty for the whole file."""
    value: str
    """What was found, ready to print: the value cut to 60 characters, ``missing``, ``unknown key``."""
    expected: str = ""
    """What was expected; empty if the hint says it."""
    hint: str = ""
    """Suggested remedy."""

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        remedy = [f"expected {self.expected}"] if self.expected else []
        return f"{place}: {'; '.join([self.value, *remedy, *([self.hint] if self.hint else [])])}"


class SettingsError(RunError):
    """The configuration of a stack is invalid. Lists all problems, one per line.

    Pulumi prints a ``RunError`` without a traceback; the command line exits with ``exit_code``.
    """

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
