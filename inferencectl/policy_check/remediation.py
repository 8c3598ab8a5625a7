"""What a policy pack changes in a resource before it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi.runtime.proto import analyzer_pb2

from inferencectl.program.property_values import JsonValue, PropertyChange, apply_properties
from inferencectl.program.recording import Resource


@dataclass(frozen=True, kw_only=True)
class Remediation:
    """A property that a rule set: its value before (None: it was absent) and after."""

    rule: str
    urn: str
    field: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, kw_only=True)
class Remedied:
    """A resource's inputs as the pack's remediations leave them, and what was changed, in order."""

    inputs: Mapping[str, JsonValue]
    remediations: tuple[Remediation, ...]


def remedied(resource: Resource, answer: analyzer_pb2.RemediateResponse) -> Remedied:
    """``resource`` with the pack's ``answer`` applied."""
    inputs, remediations = resource.inputs, []
    for each in answer.remediations:
        if each.HasField("properties"):
            inputs, changes = apply_properties(inputs, each.properties)
            remediations += [_remediation(each.policyName, resource, change) for change in changes]
    return Remedied(inputs=inputs, remediations=tuple(remediations))


def _remediation(rule: str, resource: Resource, change: PropertyChange) -> Remediation:
    return Remediation(rule=rule, urn=resource.urn, field=change.field, before=change.before, after=change.after)
