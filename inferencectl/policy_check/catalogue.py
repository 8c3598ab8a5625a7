"""What the policy pack tells of itself: its rules, the controls that they serve, and what each of them judged."""

import json
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control of a standard, by the standard's own number or name.

    ``judgement``: that a rule serves it is the project's own judgement.
    """

    standard: str
    id: str
    judgement: bool


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of the pack as a stack's configuration has it, after a run.

    ``about`` are the kinds and things that it applies to. ``judged`` are the URNs of the resources that it judged in
    the run; an empty one stands for the stack itself. ``why`` is a sentence or more on what it prevents.
    """

    id: str
    title: str
    why: str
    theme: str
    severity: Literal["low", "medium", "high", "critical"]
    level: Literal["mandatory", "advisory", "disabled"]
    remedy: str
    about: tuple[str, ...]
    controls: tuple[Control, ...]
    judged: tuple[str, ...]


def rule_in(description: str) -> Rule:
    """The rule in one message of the pack's policy ``catalogue``."""
    told = json.loads(description)
    controls = tuple(Control(**control) for control in told.pop("controls"))
    return Rule(**{**told, "about": tuple(told["about"]), "controls": controls, "judged": tuple(told["judged"])})
