"""Every rule of the pack, and which of them apply under a configuration."""

from collections.abc import Iterable, Mapping

from configuration import Configuration, Level, PodSecurity
from rule import Rule, by_id
from rules import (
    hardening,
    placement,
    pod_security_baseline,
    pod_security_restricted,
    probes,
    resources,
    supply_chain,
)

_OWN_RULES = (*hardening.RULES, *placement.RULES, *supply_chain.RULES, *resources.RULES, *probes.RULES)

# The restricted standard takes the place of the baseline's rules of the same id, as it does in Kubernetes.
_RULES: Mapping[PodSecurity, Mapping[str, Rule]] = {
    PodSecurity.BASELINE: by_id([*pod_security_baseline.RULES, *_OWN_RULES]),
    PodSecurity.RESTRICTED: by_id([*pod_security_baseline.RULES, *pod_security_restricted.RULES, *_OWN_RULES]),
}

RULES = _RULES[PodSecurity.RESTRICTED]


def active_rules(configuration: Configuration) -> Iterable[Rule]:
    """The rules that the stack has not switched off."""
    rules = _RULES[configuration.pod_security].values()
    return (rule for rule in rules if configuration.levels.get(rule.id) is not Level.DISABLED)
