"""Every rule of the pack, and which of them apply under a configuration."""

from collections.abc import Iterable, Mapping

from configuration import Configuration, Level, PodSecurity
from rule import CatalogueEntry, Rule, by_id
from rules import (
    access,
    additions,
    additions_to_servers,
    admission,
    api_versions,
    audit,
    control_planes,
    encryption,
    envoy_filters,
    exemptions,
    exposure,
    hardening,
    identity,
    installations,
    mesh,
    model_integrity,
    namespaces,
    network_policies,
    outward,
    personal_data,
    placement,
    plaintext_secrets,
    pod_security_baseline,
    pod_security_restricted,
    probes,
    protection,
    proxy_configuration,
    resources,
    rollout,
    scheduling,
    stack_backup,
    stack_disruption,
    stack_mesh,
    stack_monitoring,
    stack_namespaces,
    stack_scaling,
    supply_chain,
    transport,
)
from stack_rule import StackRule

_THEMES = (
    hardening,
    additions,
    additions_to_servers,
    namespaces,
    placement,
    supply_chain,
    installations,
    model_integrity,
    access,
    admission,
    control_planes,
    identity,
    network_policies,
    mesh,
    transport,
    envoy_filters,
    exposure,
    outward,
    proxy_configuration,
    plaintext_secrets,
    encryption,
    audit,
    personal_data,
    resources,
    probes,
    rollout,
    scheduling,
    api_versions,
    protection,
)
_OWN_RULES = [rule for theme in _THEMES for rule in theme.RULES]

# The restricted standard takes the place of the baseline's rules of the same id, as it does in Kubernetes.
_RESOURCE_RULES: Mapping[PodSecurity, Mapping[str, Rule]] = {
    PodSecurity.BASELINE: by_id([*pod_security_baseline.RULES, *_OWN_RULES]),
    PodSecurity.RESTRICTED: by_id([*pod_security_baseline.RULES, *pod_security_restricted.RULES, *_OWN_RULES]),
}

RESOURCE_RULES = _RESOURCE_RULES[PodSecurity.RESTRICTED]
"""The rules that judge each resource by itself."""

_STACK_THEMES = (stack_namespaces, stack_mesh, stack_scaling, stack_disruption, stack_monitoring, stack_backup)

STACK_RULES: Mapping[str, StackRule] = by_id([rule for theme in _STACK_THEMES for rule in theme.RULES])
"""The rules that judge how resources go together."""


def rules_of(pod_security: PodSecurity) -> Mapping[str, CatalogueEntry]:
    """The whole catalogue, as it is under one of the Pod Security Standards."""
    return by_id([*_RESOURCE_RULES[pod_security].values(), *STACK_RULES.values(), *exemptions.RULES])


RULES = rules_of(PodSecurity.RESTRICTED)
"""The whole catalogue."""


def active_rules(configuration: Configuration) -> Iterable[Rule]:
    """The rules for single resources that the stack has not switched off."""
    rules = _RESOURCE_RULES[configuration.pod_security].values()
    return (rule for rule in rules if configuration.levels.get(rule.id) is not Level.DISABLED)


def active_stack_rules(configuration: Configuration) -> Iterable[StackRule]:
    """The rules for the whole stack that it has not switched off."""
    return (rule for rule in STACK_RULES.values() if configuration.levels.get(rule.id) is not Level.DISABLED)
