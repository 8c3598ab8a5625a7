"""Resources and findings as the messages of Pulumi's analyzer protocol."""

import json

from pulumi.runtime.proto import analyzer_pb2

from inferencectl.policy_check.configuration import reports_advice, reports_json
from inferencectl.policy_check.finding import Exemption, Finding, Severity
from inferencectl.program.property_values import encode_properties
from inferencectl.program.recording import Resource

_SEVERITIES = {
    analyzer_pb2.POLICY_SEVERITY_LOW: Severity.LOW,
    analyzer_pb2.POLICY_SEVERITY_MEDIUM: Severity.MEDIUM,
    analyzer_pb2.POLICY_SEVERITY_HIGH: Severity.HIGH,
    analyzer_pb2.POLICY_SEVERITY_CRITICAL: Severity.CRITICAL,
}


class Requests:
    """The questions about resources by themselves. Each is encoded once, as a pack is asked it several times."""

    def __init__(self) -> None:
        # By identity, as the inputs of a resource have no hash. The resource is kept, so that the number stays its own.
        self._made: dict[int, tuple[Resource, analyzer_pb2.AnalyzeRequest]] = {}

    def about(self, resource: Resource) -> analyzer_pb2.AnalyzeRequest:
        """The question about ``resource``."""
        if id(resource) not in self._made:
            self._made[id(resource)] = resource, _analyze_request(resource)
        return self._made[id(resource)][1]


def _analyze_request(resource: Resource) -> analyzer_pb2.AnalyzeRequest:
    return analyzer_pb2.AnalyzeRequest(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=encode_properties(resource.inputs, resource.secret_keys),
        options=analyzer_pb2.AnalyzerResourceOptions(
            protect=resource.protect, aliases=resource.aliases, parent=resource.parent
        ),
    )


def stack_resource(resource: Resource, request: analyzer_pb2.AnalyzeRequest) -> analyzer_pb2.AnalyzerResource:
    """A resource in the question about the whole stack, given the one about it by itself."""
    return analyzer_pb2.AnalyzerResource(
        type=request.type,
        urn=request.urn,
        name=request.name,
        properties=request.properties,
        options=request.options,
        parent=resource.parent,
        dependencies=resource.dependencies,
    )


def reported(diagnostic: analyzer_pb2.AnalyzeDiagnostic) -> str:
    """What a policy itself reported: the SDK puts the policy's description before it."""
    return diagnostic.message.removeprefix(_prefix(diagnostic))


def finding_in(
    diagnostic: analyzer_pb2.AnalyzeDiagnostic, urn: str, configuration: analyzer_pb2.ConfigureAnalyzerRequest
) -> Finding:
    """The finding in a diagnostic. It is about the resource at ``urn`` unless the diagnostic names another."""
    of_policy = "mandatory" if diagnostic.enforcementLevel == analyzer_pb2.MANDATORY else "advisory"
    urn = diagnostic.urn or urn
    # What the SDK says by itself about a policy, such as that it needs a value first, has no description before it.
    if reports_json(configuration, diagnostic.policyName) and diagnostic.message.startswith(_prefix(diagnostic)):
        data = json.loads(reported(diagnostic))
        severity, exemption = Severity(data.pop("severity")), data.pop("exemption")
        accepted = Exemption(**exemption) if exemption else None
        of_finding = data.pop("level")
        level = of_finding if reports_advice(configuration, diagnostic.policyName) else of_policy
        return Finding(**data, level=level, urn=urn, severity=severity, exemption=accepted)
    return Finding(
        rule=diagnostic.policyName,
        level=of_policy,
        urn=urn,
        title=diagnostic.description or diagnostic.policyName,
        found=reported(diagnostic),
        severity=_SEVERITIES.get(diagnostic.severity),
    )


def _prefix(diagnostic: analyzer_pb2.AnalyzeDiagnostic) -> str:
    return f"{diagnostic.description}\n"
