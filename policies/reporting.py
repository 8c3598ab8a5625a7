"""The rules as Pulumi policies.

Pulumi gives a level to a policy, not to a finding, and deserialises a resource again for every policy. So there is one
policy per level instead of one per rule: ``rules`` judges a resource once by every rule and reports what is mandatory;
``advice`` reports the rest of the same judgement, which stops nothing: advice, and what a preview cannot know. A client
that reads the level in the finding asks ``rules`` for both, which saves one deserialisation. The two ``stack-…``
policies do the same for the rules that relate resources; ``catalogue``, which is disabled by default, reports the
rules and what they judged. Only remediations are separate policies, named after their rule: Pulumi shows the name next
to what was changed, and runs them on one deserialised copy.
"""

import threading
from collections.abc import Collection, Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceRemediation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from catalogue import RESOURCE_RULES
from configuration import DEFAULT, Configuration, Level
from configuration_schema import ADVICE_SCHEMA, AS_JSON, FINDING_FORMAT, REPORTING_SCHEMA, SCHEMA, WITH_ADVICE
from describe import described
from diagnostic import Diagnostic, judge, judge_stack
from exemption_audit import judge_exemptions
from remediation import Remediate, apply
from stack import Stack
from subject import Registration, Resource, resources_in


class _Judgement(threading.local):
    """What a judging policy found and has not reported itself, for the policies that follow it in the same call.

    The SDK runs the policies of one call in their order in the pack, in one thread.
    """

    def __init__(self) -> None:
        self.urn = ""
        self.of_resource: tuple[Diagnostic, ...] = ()
        self.of_stack: tuple[Diagnostic, ...] = ()


class _Configured:
    """The configuration of ``rules``, which the stack's policies share, and the properties that it was read from.

    Pulumi hands each policy its own, and asks about every resource before it asks about the stack.
    """

    properties: Mapping[str, Any] | None = None
    configuration: Configuration = DEFAULT


class _Remediated(threading.local):
    """The objects in the properties that the remediations of one call are asked about, one after the other."""

    def __init__(self) -> None:
        self.properties: Mapping[str, Any] | None = None
        self.resources: tuple[Resource, ...] = ()


_judgement = _Judgement()
_remediated = _Remediated()


def _rules(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    configuration = _configuration(args.get_config())
    registration = _registration(args)
    _judgement.urn = args.urn
    _judgement.of_resource = tuple(
        diagnostic for resource in resources_in(registration, configuration) for diagnostic in judge(resource)
    )
    _report(Level.MANDATORY, _judgement.of_resource, args, report_violation)


def _stack_rules(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    stack = _stack(args)
    diagnostics = tuple(judge_stack(stack))
    _judgement.of_stack = (*diagnostics, *judge_exemptions(stack, diagnostics))
    _report(Level.MANDATORY, _judgement.of_stack, args, report_violation)


def _catalogue(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    for description in described(_stack(args)):
        report_violation(description, "")


def _stack(args: StackValidationArgs) -> Stack:
    configuration = _Configured.configuration
    registrations = (_registration(resource) for resource in args.resources)
    return Stack((each for made in registrations for each in resources_in(made, configuration)), configuration)


def _advice(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    _report(Level.ADVISORY, _judgement.of_resource if _judgement.urn == args.urn else (), args, report_violation)


def _stack_advice(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    _report(Level.ADVISORY, _judgement.of_stack, args, report_violation)


def _report(
    level: Level,
    diagnostics: Collection[Diagnostic],
    args: ResourceValidationArgs | StackValidationArgs,
    report_violation: ReportViolation,
) -> None:
    configured = args.get_config()
    is_json = configured.get(FINDING_FORMAT) == AS_JSON
    for wanted in (level, Level.ADVISORY) if is_json and configured.get(WITH_ADVICE) else (level,):
        for diagnostic in diagnostics:
            if diagnostic.level is wanted:
                report_violation(diagnostic.as_json() if is_json else diagnostic.as_text(), diagnostic.urn)


def _registration(args: ResourceValidationArgs | PolicyResource) -> Registration:
    return Registration(
        type_token=args.resource_type, properties=args.props, urn=args.urn, is_protected=bool(args.opts.protect)
    )


def _configuration(properties: Mapping[str, Any]) -> Configuration:
    if _Configured.properties != properties:
        _Configured.configuration = Configuration.from_properties(properties)
        _Configured.properties = properties
    return _Configured.configuration


def _remediation(remediate: Remediate) -> ResourceRemediation:
    def run(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
        if _remediated.properties is not args.props:
            _remediated.resources = tuple(resources_in(_registration(args), DEFAULT))
            _remediated.properties = args.props
        changes = [change for resource in _remediated.resources for change in remediate(resource)]
        if not changes:
            return None
        apply(changes, args.props)
        _remediated.properties = None
        return args.props

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
    for rule in RESOURCE_RULES.values()
    if rule.remediate
]

_ADVISORY = EnforcementLevel.ADVISORY
_MANDATORY = EnforcementLevel.MANDATORY

POLICIES: list[Policy] = [
    *_REMEDIATIONS,
    ResourceValidationPolicy(
        name="rules",
        description="The platform's rules; a violation stops the deployment.",
        enforcement_level=_MANDATORY,
        validate=_rules,
        config_schema=PolicyConfigSchema({**SCHEMA, **REPORTING_SCHEMA, **ADVICE_SCHEMA}),
    ),
    ResourceValidationPolicy(
        name="advice",
        description="The platform's advice, and what cannot be judged in a preview.",
        enforcement_level=_ADVISORY,
        validate=_advice,
        config_schema=PolicyConfigSchema(REPORTING_SCHEMA),
    ),
    StackValidationPolicy(
        name="stack-rules",
        description="The platform's rules on how resources go together; a violation stops the deployment.",
        enforcement_level=_MANDATORY,
        validate=_stack_rules,
        config_schema=PolicyConfigSchema({**REPORTING_SCHEMA, **ADVICE_SCHEMA}),
    ),
    StackValidationPolicy(
        name="stack-advice",
        description="The platform's advice on how resources go together, and what cannot be judged in a preview.",
        enforcement_level=_ADVISORY,
        validate=_stack_advice,
        config_schema=PolicyConfigSchema(REPORTING_SCHEMA),
    ),
    StackValidationPolicy(
        name="catalogue",
        description="The platform's rules, and what each of them judged; for reports.",
        enforcement_level=EnforcementLevel.DISABLED,
        validate=_catalogue,
    ),
]
