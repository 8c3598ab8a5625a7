"""What the pack reports: one diagnostic per broken property, as text for people or as JSON for programs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from catalogue import active_rules, active_stack_rules
from configuration import Configuration, Level
from exemption import Exemption
from node import render_path
from rule import CatalogueEntry, Outcome, Undecided
from stack import Stack
from subject import Resource

_UNDECIDED = "cannot be known in preview, depends on a resource that does not exist yet"


@dataclass(frozen=True)
class Diagnostic:
    """A rule's outcome for one property of the resource at ``urn``, at the level the stack gives it.

    What cannot be known yet is advice unless the stack is strict. What is exempt is advice, with its ``exemption``.
    """

    rule: CatalogueEntry
    outcome: Outcome
    level: Level
    urn: str
    exemption: Exemption | None = None

    @property
    def found(self) -> str:
        """What is wrong, on one line: it may include keys of an object, and a key can be any text."""
        return _UNDECIDED if isinstance(self.outcome, Undecided) else " ".join(self.outcome.found.splitlines())

    @property
    def remedy(self) -> str:
        """What to set instead: the outcome's own remedy, or else the rule's."""
        own = None if isinstance(self.outcome, Undecided) else self.outcome.remedy
        return own or self.rule.remedy

    def as_text(self) -> str:
        """Four lines, or five: rule id, severity and title; field; what was found; remedy; exemption, if any."""
        return (
            f"{self.rule.id} [{self.rule.severity}] {self.rule.title}\n"
            f"  field: {render_path(self.outcome.path)}\n"
            f"  found: {self.found}\n"
            f"  remedy: {self.remedy}" + (f"\n  exempt: {self.exemption}" if self.exemption else "")
        )

    def as_json(self) -> str:
        """The content of ``as_text`` and the level as an object; the URN has a field of its own in the protocol."""
        return json.dumps(
            {
                "level": self.level,
                "rule": self.rule.id,
                "severity": self.rule.severity,
                "title": self.rule.title,
                "field": render_path(self.outcome.path),
                "found": self.found,
                "unknown": isinstance(self.outcome, Undecided),
                "remedy": self.remedy,
                "exemption": self.exemption.as_data() if self.exemption else None,
            }
        )


def judge(resource: Resource) -> Iterator[Diagnostic]:
    """Every diagnostic on ``resource`` by itself; none for rules and outcomes that the stack has switched off."""
    for rule in active_rules(resource.configuration):
        # A place that is read as a part of a pod and as a container of it is one finding.
        for outcome in dict.fromkeys(rule.check(resource)):
            yield from _diagnostics(rule, outcome, resource)


def judge_stack(stack: Stack) -> Iterator[Diagnostic]:
    """Every diagnostic on how the resources of ``stack`` go together."""
    for rule in active_stack_rules(stack.configuration):
        for resource, outcome in rule.check(stack):
            yield from _diagnostics(rule, outcome, resource)


def _diagnostics(rule: CatalogueEntry, outcome: Outcome, resource: Resource) -> Iterator[Diagnostic]:
    level = _level(rule, outcome, resource.configuration)
    if level is not Level.DISABLED:
        exemption = _exemption(rule, resource)
        yield Diagnostic(rule, outcome, Level.ADVISORY if exemption else level, resource.urn, exemption)


def _level(rule: CatalogueEntry, outcome: Outcome, configuration: Configuration) -> Level:
    level = configuration.levels.get(rule.id, rule.level)
    if isinstance(outcome, Undecided):
        return level if configuration.strict else Level.ADVISORY
    return outcome.level or level


def _exemption(rule: CatalogueEntry, resource: Resource) -> Exemption | None:
    exemptions = resource.configuration.exemptions
    return next((each for each in exemptions if each.holds(rule.id, resource.reference)), None)
