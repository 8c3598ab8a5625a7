"""The policy pack, asked as Pulumi asks it: the unmodified pack in a process of its own, over the analyzer's gRPC."""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from inferencectl.policy_check.catalogue import Rule, rule_in
from inferencectl.policy_check.configuration import catalogue_request, configuration_request
from inferencectl.policy_check.pack import PolicyPack
from inferencectl.program.property_values import JsonValue, PropertyChange, apply_properties, encode_properties
from inferencectl.program.recording import Resource
from inferencectl.workspace.errors import SandboxError

_CALL_TIMEOUT_SECONDS = 300

# Enough to keep the pack busy. Of some thousands of open calls gRPC cancels the later ones (measured with 6,000).
_OPEN_CALLS = 64

# What the pack finds where a preview cannot judge: its findings are about rules, not about violations.
_UNKNOWN = "cannot be known in preview"

_FINDING = re.compile(
    r"^(?P<rule>[A-Z]\d{2}) \[(?P<severity>\w+)\] (?P<title>.*)\n"
    r"  field: (?P<field>.*)\n  found: (?P<found>.*)\n  remedy: (?P<remedy>.*)(?:\n  exempt: (?P<exempt>.*))?\Z",
    re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a policy reported about a resource.

    `unknown`: the rule cannot be judged before a value is known. `exempt`: until when, who answers for it, and why,
    where the stack allows the violation. A policy of a foreign pack has no rule id: its own name stands for it, and
    field, found, severity and remedy are empty.
    """

    rule: str
    level: Literal["mandatory", "advisory"]
    urn: str
    message: str
    severity: str = ""
    title: str = ""
    field: str = ""
    found: str = ""
    remedy: str = ""
    exempt: str = ""
    unknown: bool = False


@dataclass(frozen=True, kw_only=True)
class Remediation:
    """A property that a rule set: its value before (None: it was not there) and after."""

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


class Analyzer:
    """A running policy pack; use it in a ``with`` statement, which always ends its process.

    ``config`` is a file in the format of Pulumi's ``--policy-pack-config``.

    Raises:
        SandboxError: the pack does not start or breaks down, or ``config`` does not fit it.
    """

    def __init__(self, pack: Path, project: str, stack: str, config: Path | None = None) -> None:
        self._pack = PolicyPack(pack, project=project, stack=stack)
        self._config = config
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._stub = starting.enter_context(self._pack)
            info = self._stub.GetAnalyzerInfo(empty_pb2.Empty(), timeout=_CALL_TIMEOUT_SECONDS)
            self._configuration = configuration_request(info, self._config)
            self._stub.Configure(self._configuration, timeout=_CALL_TIMEOUT_SECONDS)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def process_id(self) -> int:
        """The process that runs the pack."""
        return self._pack.process_id

    def remediate(self, resources: Sequence[Resource]) -> tuple[Remedied, ...]:
        """What the pack's remediations make of each of ``resources``, in their order."""
        answers = self._answers(self._stub.Remediate, map(_request, resources))
        return tuple(_remedied(*pair) for pair in zip(resources, answers, strict=True))

    def analyze(self, resources: Sequence[Resource]) -> tuple[Finding, ...]:
        """What the pack says of each of ``resources``, in their order, and then of all of them together."""
        return (*self.analyze_each(resources), *self.analyze_stack(resources))

    def analyze_each(self, resources: Sequence[Resource]) -> tuple[Finding, ...]:
        """What the pack says of each of ``resources`` by itself, in their order."""
        answers = self._answers(self._stub.Analyze, map(_request, resources))
        pairs = zip(resources, answers, strict=True)
        return tuple(_finding(item, resource.urn) for resource, answer in pairs for item in answer.diagnostics)

    def analyze_stack(self, resources: Sequence[Resource]) -> tuple[Finding, ...]:
        """What the pack says of how ``resources`` go together."""
        described = [_stack_resource(resource, _request(resource)) for resource in resources]
        requests = iter([analyzer_pb2.AnalyzeStackRequest(resources=described)])
        (answer,) = self._answers(self._stub.AnalyzeStack, requests)
        return tuple(_finding(item, "") for item in answer.diagnostics)

    def _answers(self, method: Any, requests: Iterator[Any]) -> Iterator[Any]:  # noqa: ANN401 - grpc publishes no types
        """The answers in the order of the requests, each of which is made while earlier ones are being answered."""
        calls: deque[Any] = deque()
        while True:
            calls.extend(method.future(request) for request in islice(requests, _OPEN_CALLS - len(calls)))
            if not calls:
                return
            yield self._answer(calls.popleft())

    def catalogue(self, resources: Sequence[Resource]) -> tuple[Rule, ...]:
        """The pack's rules, and which of ``resources`` each of them judged; to be asked after ``analyze``.

        Raises:
            SandboxError: the pack tells no catalogue, or its configuration keeps a policy from judging.
        """
        self._stub.Configure(catalogue_request(self._configuration, self._config), timeout=_CALL_TIMEOUT_SECONDS)
        try:
            return tuple(rule_in(finding.message) for finding in self.analyze_stack(resources))
        finally:
            self._stub.Configure(self._configuration, timeout=_CALL_TIMEOUT_SECONDS)

    def _answer(self, call: Any) -> Any:  # noqa: ANN401 - grpc publishes no types
        try:
            return call.result(timeout=_CALL_TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            raise SandboxError(
                f"The policy pack {self._pack.directory} broke down: {self._pack.last_words() or error}",
                "Mend the rule that this names; a policy must never raise.",
            ) from error


def _remedied(resource: Resource, answer: analyzer_pb2.RemediateResponse) -> Remedied:
    inputs, remediations = resource.inputs, []
    for each in answer.remediations:
        if each.HasField("properties"):
            inputs, changes = apply_properties(inputs, each.properties)
            remediations += [_remediation(each.policyName, resource, change) for change in changes]
    return Remedied(inputs=inputs, remediations=tuple(remediations))


def _remediation(rule: str, resource: Resource, change: PropertyChange) -> Remediation:
    return Remediation(rule=rule, urn=resource.urn, field=change.field, before=change.before, after=change.after)


def _request(resource: Resource) -> analyzer_pb2.AnalyzeRequest:
    return analyzer_pb2.AnalyzeRequest(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=encode_properties(resource.inputs, resource.secret_keys),
        options=analyzer_pb2.AnalyzerResourceOptions(
            protect=resource.protect, aliases=resource.aliases, parent=resource.parent
        ),
    )


def _stack_resource(resource: Resource, request: analyzer_pb2.AnalyzeRequest) -> analyzer_pb2.AnalyzerResource:
    return analyzer_pb2.AnalyzerResource(
        type=request.type,
        urn=request.urn,
        name=request.name,
        properties=request.properties,
        options=request.options,
        parent=resource.parent,
        dependencies=resource.dependencies,
    )


def _finding(diagnostic: analyzer_pb2.AnalyzeDiagnostic, urn: str) -> Finding:
    # The SDK puts the policy's description before the message.
    message = diagnostic.message.removeprefix(f"{diagnostic.description}\n")
    parts = _FINDING.match(message)
    told = parts.groupdict(default="") if parts else {"rule": diagnostic.policyName}
    return Finding(
        **told,
        level="mandatory" if diagnostic.enforcementLevel == analyzer_pb2.MANDATORY else "advisory",
        urn=diagnostic.urn or urn,
        message=message,
        unknown=told.get("found", "").startswith(_UNKNOWN),
    )
