"""The rules as Pulumi policies.

Pulumi gives a level to a policy, not to a finding, and deserialises a resource anew for every policy. So there is one
policy per level instead of one per rule: ``rules`` judges a resource once by every rule and reports what is mandatory;
``advice`` and ``unknown`` report the rest of the same judgement at their own levels. Only remediations are policies of
their own, named by their rule: Pulumi shows the name beside what was changed, and runs them on one deserialised copy.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceRemediation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from catalogue import RULES
from configuration import SCHEMA, Configuration, Level
from finding import Finding, judge
from remediation import Remediate, apply
from subject import resources_in


class _Judgement(threading.local):
    """What ``rules`` found and has not reported itself, for the policies that follow it in the same call.

    The SDK runs the policies of one call in their order in the pack, in one thread.
    """

    def __init__(self) -> None:
        self.urn = ""
        self.findings: tuple[Finding, ...] = ()

    def of(self, urn: str) -> Iterable[Finding]:
        return self.findings if self.urn == urn else ()


_judgement = _Judgement()


def _rules(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    configuration = Configuration.from_properties(args.get_config())
    resources = resources_in(args.resource_type, args.props, configuration)
    _judgement.urn = args.urn
    _judgement.findings = tuple(finding for resource in resources for finding in judge(resource))
    _report(Level.MANDATORY, args, report_violation)


def _advice(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    _report(Level.ADVISORY, args, report_violation)


def _unknown(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    _report(None, args, report_violation)


def _report(level: Level | None, args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    for finding in _judgement.of(args.urn):
        if finding.level is level:
            report_violation(finding.message(), args.urn)


def _remediation(remediate: Remediate) -> ResourceRemediation:
    def run(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
        resources = resources_in(args.resource_type, args.props, Configuration())
        changes = [change for resource in resources for change in remediate(resource)]
        apply(changes, args.props)
        return args.props if changes else None

    # The SDK takes a plain mapping as well; its type names only the awaitable one.
    return run  # pyright: ignore[reportReturnType]


_REMEDIATIONS: list[Policy] = [
    ResourceValidationPolicy(
        name=rule.id,
        description=rule.title,
        enforcement_level=EnforcementLevel.REMEDIATE,
        remediate=_remediation(rule.remediate),
        remediation_steps=rule.remedy,
    )
    for rule in RULES.values()
    if rule.remediate
]


def _policy(
    name: str,
    description: str,
    level: EnforcementLevel,
    validate: Callable[[ResourceValidationArgs, ReportViolation], None],
    schema: PolicyConfigSchema | None = None,
) -> Policy:
    return ResourceValidationPolicy(
        name=name, description=description, enforcement_level=level, validate=validate, config_schema=schema
    )


POLICIES: list[Policy] = [
    *_REMEDIATIONS,
    _policy(
        "rules",
        "The platform's rules; a violation stops the deployment.",
        EnforcementLevel.MANDATORY,
        _rules,
        PolicyConfigSchema(SCHEMA),
    ),
    _policy("advice", "The platform's advice; a violation is told.", EnforcementLevel.ADVISORY, _advice),
    _policy("unknown", "What a preview cannot judge yet.", EnforcementLevel.ADVISORY, _unknown),
]
