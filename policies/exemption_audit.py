"""X01: the exemptions that have expired, name no rule, or are no longer needed."""

from collections.abc import Collection, Iterator

from catalogue import RESOURCE_RULES, RULES
from configuration import Level
from diagnostic import Diagnostic
from exemption import Exemption
from rule import Violation
from stack import Stack

_ENTRY = RULES["X01"]


def judge_exemptions(stack: Stack, stack_diagnostics: Collection[Diagnostic]) -> Iterator[Diagnostic]:
    """The diagnostics on the exemptions themselves, given those of the rules for the whole stack."""
    level = stack.configuration.levels.get(_ENTRY.id, _ENTRY.level)
    if level is Level.DISABLED:
        return
    needed_by_stack = {diagnostic.exemption for diagnostic in stack_diagnostics}
    for exemption in stack.configuration.exemptions:
        if exemption.rule not in RULES:
            yield _diagnostic(exemption, "rule", exemption.rule, level, "Name a rule of the catalogue.")
        elif exemption.is_expired():
            yield _diagnostic(exemption, "expires", str(exemption.expires or "no date"), level)
        elif exemption not in needed_by_stack and not _is_needed(exemption, stack):
            found = f"{exemption.resource} does not break {exemption.rule}"
            yield _diagnostic(exemption, "resource", found, Level.ADVISORY, "Remove the exemption.")


def _is_needed(exemption: Exemption, stack: Stack) -> bool:
    """Whether the resource breaks the rule by itself, or may do so once it is known."""
    rule = RESOURCE_RULES.get(exemption.rule)
    resources = stack.referenced(exemption.resource)
    return rule is not None and any(True for resource in resources for _ in rule.check(resource))


def _diagnostic(exemption: Exemption, field: str, found: str, level: Level, remedy: str | None = None) -> Diagnostic:
    violation = Violation(("exemptions", exemption.index, field), found, remedy)
    return Diagnostic(_ENTRY, violation, level, "")
