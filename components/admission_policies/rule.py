"""The model of an admission rule: described as in the policy pack, with its checks in CEL."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from components.admission_policies import cel
from settings import Admission, RuleLevel


@dataclass(frozen=True)
class Check:
    """``offenders``: CEL for the list of the places in the object that break the rule, each in a few words.

    ``remedy`` and ``level`` are the rule's own unless given.
    """

    offenders: str
    remedy: str | None = None
    level: RuleLevel | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of the policy pack, on one kind of objects; a test compares ``title`` and ``remedy`` with the pack's."""

    id: str
    title: str
    remedy: str
    checks: tuple[Check, ...]
    level: RuleLevel = RuleLevel.MANDATORY


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Rules on the same objects. ``resources`` maps API groups to resources, ``variables`` names to the CEL that the
    rules share, and ``judged`` is CEL for what they read of the object in the variable ``it``."""

    name: str
    resources: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, str]
    judged: str
    rules: tuple[Rule, ...]

    def at(self, level: RuleLevel, admission: Admission) -> dict[str, str]:
        """What the rules that have ``level`` in the stack find: a variable's name to CEL for a list of messages."""
        return {name: message for rule in self.rules for name, message in _findings(rule, level, admission)}


def _findings(rule: Rule, level: RuleLevel, admission: Admission) -> Iterator[tuple[str, str]]:
    of_stack = admission.level_of(rule.id, rule.level)
    if of_stack is RuleLevel.DISABLED:
        return
    for number, check in enumerate(rule.checks, 1):
        if (check.level or of_stack) is level:
            yield f"{rule.id}_{number}", _message(rule, check, admission.exempt_from(rule.id))


def _message(rule: Rule, check: Check, exempt: Iterable[str]) -> str:
    """CEL for ``["P01 title (places): remedy"]``, or for an empty list."""
    before, after = cel.text(f"{rule.id} {rule.title} ("), cel.text(f"): {check.remedy or rule.remedy}")
    names = cel.texts(exempt)
    places = (
        check.offenders
        if names == "[]"
        else f"variables.names.exists(name, name in {names}) ? [] : ({check.offenders})"
    )
    return f"[{places}].filter(places, size(places) > 0).map(places, {before} + places.join(', ') + {after})"
