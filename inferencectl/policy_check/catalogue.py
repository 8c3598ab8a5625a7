"""The policy pack's rules, the controls that they serve, and what each of them judged."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from inferencectl.policy_check.finding import Finding, Severity

_OTHER_POLICIES = "Other policies"


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
    severity: Severity | None
    level: Literal["mandatory", "advisory", "disabled"]
    remedy: str
    about: tuple[str, ...]
    controls: tuple[Control, ...]
    judged: tuple[str, ...]


def rule_in(description: str) -> Rule:
    """The rule in one message of the pack's policy ``catalogue``."""
    data = json.loads(description)
    return Rule(
        **{
            **data,
            "severity": Severity(data["severity"]),
            "about": tuple(data["about"]),
            "controls": tuple(Control(**control) for control in data["controls"]),
            "judged": tuple(data["judged"]),
        }
    )


def rules_outside(rules: Iterable[Rule], findings: Iterable[Finding]) -> Iterator[Rule]:
    """A rule for each policy that found something and is not among ``rules``, so that no report leaves it out.

    All that is known of such a policy is in its findings: it has judged at least the resources that they are about.
    """
    known = {rule.id for rule in rules}
    others = sorted((each for each in findings if each.rule not in known), key=lambda each: each.rule)
    for name, group in groupby(others, key=lambda each: each.rule):
        found = list(group)
        yield Rule(
            id=name,
            title=found[0].title,
            theme=_OTHER_POLICIES,
            severity=found[0].severity,
            level=found[0].level,
            remedy="",
            why="",
            about=(),
            controls=(),
            judged=tuple(dict.fromkeys(each.urn for each in found)),
        )
