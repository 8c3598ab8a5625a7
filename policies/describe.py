"""The pack's catalogue: its rules under a stack's configuration, and the resources that each of them judged.

Findings report what is wrong. A report that something passed needs to know what was judged, and only the rules know
that. So they report it themselves, for the resources of the run.
"""

import json
from collections.abc import Iterable, Iterator

from catalogue import rules_of
from configuration import Configuration, Level, PodSecurity
from controls import CONTROLS, Control, Standard
from rule import CatalogueEntry, Rule
from stack import Stack
from stack_rule import StackRule
from subject import Resource

THEMES = {
    "P": "Pod Security and hardening",
    "S": "Supply chain",
    "R": "Access to the Kubernetes API",
    "N": "Network",
    "D": "Data and audit",
    "M": "Resources, availability and monitoring",
    "X": "Exemptions",
}
"""What the first letter of a rule's id stands for."""


def described(stack: Stack) -> Iterator[str]:
    """Each rule of the catalogue as a JSON object, in the order of the ids.

    ``judged`` are the URNs of the resources of ``stack`` that the rule judged; an empty one stands for the stack.
    A rule at the level ``disabled`` judges nothing.
    """
    for rule in rules_of(stack.configuration.pod_security).values():
        level = stack.configuration.levels.get(rule.id, rule.level)
        description = {
            "id": rule.id,
            "title": rule.title,
            "why": rule.why,
            "theme": THEMES[rule.id[0]],
            "severity": rule.severity,
            "level": level,
            "remedy": rule.remedy,
            "about": _about(rule),
            "controls": [_control(each) for each in _controls(rule, stack.configuration)],
            "judged": [] if level is Level.DISABLED else _judged(rule, stack),
        }
        yield json.dumps(description)


def _control(control: Control) -> dict[str, object]:
    return {"standard": control.standard, "id": control.id, "judgement": control.is_judgement}


def _about(rule: CatalogueEntry) -> tuple[str, ...]:
    if isinstance(rule, Rule):
        return rule.check.scope.names
    return rule.check.names if isinstance(rule, StackRule) else ("exemptions",)


def _judged(rule: CatalogueEntry, stack: Stack) -> list[str]:
    return list(dict.fromkeys(resource.urn for resource in _subjects(rule, stack)))


def _subjects(rule: CatalogueEntry, stack: Stack) -> Iterable[Resource]:
    if isinstance(rule, Rule):
        return filter(rule.check.scope.covers, stack.resources)
    if isinstance(rule, StackRule):
        return rule.check.judged(stack)
    return [stack.itself] if stack.configuration.exemptions else []


def _controls(rule: CatalogueEntry, configuration: Configuration) -> Iterator[Control]:
    """The controls that the rule serves; in its baseline form it does not serve the restricted standard."""
    is_baseline = configuration.pod_security is PodSecurity.BASELINE
    for control in CONTROLS[rule.id]:
        if not (is_baseline and control.standard is Standard.PSS_RESTRICTED):
            yield control
