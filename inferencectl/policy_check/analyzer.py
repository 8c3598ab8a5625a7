"""Runs the unmodified policy pack as Pulumi does: in its own process, over the analyzer gRPC protocol."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from inferencectl.policy_check.catalogue import Rule, rule_in
from inferencectl.policy_check.configuration import catalogue_request, configuration_request
from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.messages import Requests, finding_in, reported, stack_resource
from inferencectl.policy_check.pack import PolicyPack
from inferencectl.policy_check.remediation import Remedied, remedied
from inferencectl.program.recording import Resource
from inferencectl.workspace.errors import SandboxError

_CALL_TIMEOUT_SECONDS = 300

# Enough to keep the pack busy. Of some thousands of open calls gRPC cancels the later ones (measured with 6,000).
_OPEN_CALLS = 64


class Analyzer:
    """A running policy pack; use it in a ``with`` statement, which always ends its process.

    ``config`` is a file in the format of Pulumi's ``--policy-pack-config``.

    Raises:
        SandboxError: the pack does not start or fails, or ``config`` does not match its schema.
    """

    def __init__(self, pack: Path, project: str, stack: str, config: Path | None = None) -> None:
        self._pack = PolicyPack(pack, project=project, stack=stack)
        self._config = config
        self._running = ExitStack()
        self._requests = Requests()

    @contextmanager
    def starting(self) -> Iterator[Self]:
        """While others work, the pack gets ready: its process has started, and goes on unless the others fail."""
        self._pack.start()
        try:
            yield self
        except BaseException:
            self._pack.stop()
            raise

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
        answers = self._answers(self._stub.Remediate, map(self._requests.about, resources))
        return tuple(remedied(*pair) for pair in zip(resources, answers, strict=True))

    def analyze(self, resources: Sequence[Resource]) -> tuple[Finding, ...]:
        """The findings on each of ``resources``, in their order, followed by those on the whole stack."""
        return (*self.analyze_each(resources), *self.analyze_stack(resources))

    def analyze_each(self, resources: Sequence[Resource]) -> tuple[Finding, ...]:
        """The findings on each of ``resources`` by itself, in their order."""
        answers = self._answers(self._stub.Analyze, map(self._requests.about, resources))
        pairs = zip(resources, answers, strict=True)
        return tuple(
            finding_in(diagnostic, resource.urn, self._configuration)
            for resource, answer in pairs
            for diagnostic in answer.diagnostics
        )

    def analyze_stack(self, resources: Sequence[Resource]) -> tuple[Finding, ...]:
        """The findings on ``resources`` as a stack."""
        return tuple(finding_in(each, "", self._configuration) for each in self._stack_diagnostics(resources))

    def _stack_diagnostics(self, resources: Sequence[Resource]) -> Sequence[analyzer_pb2.AnalyzeDiagnostic]:
        about = (stack_resource(resource, self._requests.about(resource)) for resource in resources)
        requests = iter([analyzer_pb2.AnalyzeStackRequest(resources=about)])
        (answer,) = self._answers(self._stub.AnalyzeStack, requests)
        return answer.diagnostics

    def _answers(self, method: Any, requests: Iterator[Any]) -> Iterator[Any]:  # noqa: ANN401 - grpc publishes no types
        """The answers in the order of the requests, of which up to ``_OPEN_CALLS`` are open at a time."""
        calls: deque[Any] = deque()
        while True:
            calls.extend(method.future(request) for request in islice(requests, _OPEN_CALLS - len(calls)))
            if not calls:
                return
            yield self._answer(calls.popleft())

    def catalogue(self, resources: Sequence[Resource]) -> tuple[Rule, ...]:
        """The pack's rules, each with the ``resources`` that it judged. Call it after ``analyze``.

        Raises:
            SandboxError: the pack has no catalogue, or its configuration disables a policy that judges.
        """
        self._stub.Configure(catalogue_request(self._configuration, self._config), timeout=_CALL_TIMEOUT_SECONDS)
        try:
            return tuple(rule_in(reported(each)) for each in self._stack_diagnostics(resources))
        finally:
            self._stub.Configure(self._configuration, timeout=_CALL_TIMEOUT_SECONDS)

    def _answer(self, call: Any) -> Any:  # noqa: ANN401 - grpc publishes no types
        try:
            return call.result(timeout=_CALL_TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            raise SandboxError(
                f"The policy pack {self._pack.directory} failed: {self._pack.stderr_tail() or error}",
                "Fix the rule that this names; a policy must never raise.",
            ) from error
