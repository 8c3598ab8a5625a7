"""What the pack tells: one finding per broken property, in words that a person can act on and a program can read."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalogue import active_rules, active_stack_rules
from configuration import Configuration, Level
from exemption import Exemption
from node import render_path
from rule import CatalogueEntry, Outcome, Undecided
from stack import Stack
from subject import Resource

_UNDECIDED = "cannot be known in preview, waits for the resource that provides it"


@dataclass(frozen=True)
class Finding:
    """A rule's outcome for one property of the resource at ``urn``, at the level the stack gives it.

    What cannot be known yet is advice unless the stack is strict. What is exempt is advice, with its ``exemption``.
    """

    rule: CatalogueEntry
    outcome: Outcome
    level: Level
    urn: str
    exemption: Exemption | None = None

    def message(self) -> str:
        """Lines of a fixed form: rule id, severity and title; field; what was found; remedy; exemption, if any."""
        if isinstance(self.outcome, Undecided):
            found, remedy = _UNDECIDED, self.rule.remedy
        else:
            # Keys of an object may be told, and a key can hold anything.
            found, remedy = " ".join(self.outcome.found.splitlines()), self.outcome.remedy or self.rule.remedy
        return (
            f"{self.rule.id} [{self.rule.severity}] {self.rule.title}\n"
            f"  field: {render_path(self.outcome.path)}\n"
            f"  found: {found}\n"
            f"  remedy: {remedy}" + (f"\n  exempt: {self.exemption}" if self.exemption else "")
        )


def judge(resource: Resource) -> Iterator[Finding]:
    """Every finding on ``resource`` by itself; none for rules and outcomes that the stack has switched off."""
    for rule in active_rules(resource.configuration):
        for outcome in rule.check(resource):
            yield from _findings(rule, outcome, resource)


def judge_stack(stack: Stack) -> Iterator[Finding]:
    """Every finding on how the resources of ``stack`` go together."""
    for rule in active_stack_rules(stack.configuration):
        for resource, outcome in rule.check(stack):
            yield from _findings(rule, outcome, resource)


def _findings(rule: CatalogueEntry, outcome: Outcome, resource: Resource) -> Iterator[Finding]:
    level = _level(rule, outcome, resource.configuration)
    if level is not Level.DISABLED:
        exemption = _exemption(rule, resource)
        yield Finding(rule, outcome, Level.ADVISORY if exemption else level, resource.urn, exemption)


def _level(rule: CatalogueEntry, outcome: Outcome, configuration: Configuration) -> Level:
    level = configuration.levels.get(rule.id, rule.level)
    if isinstance(outcome, Undecided):
        return level if configuration.strict else Level.ADVISORY
    return outcome.level or level


def _exemption(rule: CatalogueEntry, resource: Resource) -> Exemption | None:
    exemptions = resource.configuration.exemptions
    return next((each for each in exemptions if each.holds(rule.id, resource.reference)), None)
