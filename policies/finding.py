"""What the pack tells: one finding per broken property, in words that a person can act on and a program can read."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalogue import active_rules
from configuration import Configuration, Level
from node import render_path
from rule import Outcome, Rule, Undecided
from subject import Resource

_UNDECIDED = "cannot be known in preview, waits for the resource that provides it"


@dataclass(frozen=True)
class Finding:
    """A rule's outcome for one property, at the level the stack gives it; ``level`` None: cannot be known yet."""

    rule: Rule
    outcome: Outcome
    level: Level | None

    def message(self) -> str:
        """Four lines of a fixed form: rule id, severity and title; field; what was found there; remedy."""
        if isinstance(self.outcome, Undecided):
            found, remedy = _UNDECIDED, self.rule.remedy
        else:
            found, remedy = self.outcome.found, self.outcome.remedy or self.rule.remedy
        return (
            f"{self.rule.id} [{self.rule.severity}] {self.rule.title}\n"
            f"  field: {render_path(self.outcome.path)}\n"
            f"  found: {found}\n"
            f"  remedy: {remedy}"
        )


def judge(resource: Resource) -> Iterator[Finding]:
    """Every finding on ``resource``; none for rules and outcomes that the stack has switched off."""
    for rule in active_rules(resource.configuration):
        for outcome in rule.check(resource):
            level = _level(rule, outcome, resource.configuration)
            if level is not Level.DISABLED:
                yield Finding(rule, outcome, level)


def _level(rule: Rule, outcome: Outcome, configuration: Configuration) -> Level | None:
    if isinstance(outcome, Undecided):
        return None
    return outcome.level or configuration.levels.get(rule.id, rule.level)
