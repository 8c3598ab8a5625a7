"""What a Pulumi program registers, as data.

The recorder is the sandbox's stand-in for the Pulumi engine: the unmodified program runs under the SDK against it, and
what it registers (parents, dependencies, protection, aliases, secrets) is what the sandbox checks and deploys. The
tests use the same recorder.
"""

import asyncio
import contextvars
import logging
import runpy
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime import settings as runtime_settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from sandbox.errors import SandboxError
from sandbox.random_values import RandomValues

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource.

    ``inputs`` are camelCase with secrets unwrapped; for a Kubernetes resource they are the manifest. ``dependencies``
    are URNs and include those that flow through properties. ``secret_keys`` are the top-level inputs with a secret.
    ``outputs`` are what a component registered, and None for one that registered nothing.
    """

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    inputs: Mapping[str, Any]
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    aliases: tuple[str, ...] = ()
    provider: str = ""
    secret_keys: tuple[str, ...] = ()
    outputs: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One run of a program: its resources in the order of registration, and the stack's exports."""

    project: str
    stack: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)


def record_program(
    program: Path, *, project: str, stack: str, config: Mapping[str, str], random_values: RandomValues | None = None
) -> Recording:
    """Run the program at ``program`` (its ``__main__.py``) as Pulumi's language host does, and record it.

    Raises:
        pulumi.RunError: the program refused its configuration.
        SandboxError: the program registered something that the sandbox cannot make.
    """
    program_directory = str(program.parent)
    if program_directory not in sys.path:
        sys.path.insert(0, program_directory)

    def run() -> None:
        runpy.run_path(str(program), run_name="__main__")

    return record(run, project=project, stack=stack, config=config, random_values=random_values)


def record(
    program: Callable[[], None],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str] | None = None,
    random_values: RandomValues | None = None,
) -> Recording:
    """Run ``program`` with a fresh SDK state and event loop of its own, and record what it registers."""
    monitor = _RecordingMonitor(random_values or RandomValues.in_memory())

    async def run_and_settle() -> None:
        program()
        await _settle(monitor.pending_outputs)

    def run() -> Recording:
        # Every setting of the SDK is a context variable, so a copied context is a fresh SDK.
        pulumi.runtime.set_all_config(dict(config or {}))
        runtime_settings.configure(monitor.sdk_settings(project, stack))
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        # One worker: registrations arrive in the order in which the program made them.
        loop.set_default_executor(ThreadPoolExecutor(max_workers=1))
        try:
            loop.run_until_complete(run_in_stack(run_and_settle))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            asyncio.set_event_loop(None)
        return monitor.recording(project, stack)

    # A thread of its own: the caller may have a running event loop.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="program") as executor:
        return executor.submit(contextvars.Context().run, run).result()


async def _settle(pending: set[asyncio.Task[Any]]) -> None:
    """Wait until no output is pending.

    The SDK waits as well, but for one output at a time and each time for all: a square of their number.
    """
    while pending:
        done, _ = await asyncio.wait([*pending], return_when=asyncio.FIRST_EXCEPTION)
        for output in done:
            output.result()


class _NoMocks(mocks.Mocks):
    """The monitor below answers registrations itself; only provider functions would come here."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise SandboxError(
            f"the program calls the provider function {args.token}, which the sandbox cannot answer",
            "deploy this stack with the pulumi command",
        )

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise SandboxError(
            f"the program reads the existing resource {args.name} ({args.typ}), which the sandbox cannot",
            "deploy this stack with the pulumi command",
        )


class _RecordingMonitor(mocks.MockMonitor):
    def __init__(self, random_values: RandomValues) -> None:
        super().__init__(_NoMocks())
        self._random_values = random_values
        self._resources: dict[str, Resource] = {}
        self._registered_outputs: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        self.pending_outputs: set[asyncio.Task[Any]] = set()

    def sdk_settings(self, project: str, stack: str) -> mocks.MockSettings:
        return mocks.MockSettings(
            monitor=self,
            monitor_features=set(self.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),
            engine=mocks.MockEngine(logging.getLogger("pulumi")),
            project=project,
            stack=stack,
            dry_run=False,
            organization="organization",
            outputs=self.pending_outputs,
            lock=threading.Lock(),
            callbacks=None,
            package_refs={},
            base_providers_by_ref={},
        )

    def RegisterResource(  # noqa: N802 - the name is the RPC's
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs, secret_keys = _plain_inputs(request)
        self._add(
            Resource(
                urn=urn,
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                inputs=inputs,
                dependencies=_dependencies(request),
                protect=request.protect,
                aliases=tuple(alias.urn or alias.spec.name for alias in request.aliases),
                provider=request.provider,
                secret_keys=secret_keys,
            )
        )
        outputs = request.object
        if request.type.startswith("random:"):
            outputs.update(self._random_values.outputs(urn, request.type, inputs))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=_id(inputs, urn), object=outputs)

    def RegisterResourceOutputs(  # noqa: N802 - the name is the RPC's
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        self._registered_outputs[request.urn] = _plain(rpc.deserialize_properties(request.outputs))
        return empty_pb2.Empty()

    def recording(self, project: str, stack: str) -> Recording:
        stack_urn = self.make_urn("", STACK_TYPE, f"{project}-{stack}")
        return Recording(
            project=project,
            stack=stack,
            resources=tuple(self._with_outputs(resource) for resource in self._resources.values()),
            outputs=self._registered_outputs.get(stack_urn, {}),
        )

    def _add(self, resource: Resource) -> None:
        with self._lock:
            if resource.urn in self._resources:
                raise SandboxError(
                    f"the program registers {resource.name} ({resource.type}) twice",
                    "give one of the two another name",
                )
            self._resources[resource.urn] = resource

    def _with_outputs(self, resource: Resource) -> Resource:
        if resource.urn not in self._registered_outputs:
            return resource
        return Resource(**{**vars(resource), "outputs": self._registered_outputs[resource.urn]})


def _dependencies(request: resource_pb2.RegisterResourceRequest) -> tuple[str, ...]:
    through_properties = (urn for key in request.propertyDependencies.values() for urn in key.urns)
    return tuple(dict.fromkeys([*request.dependencies, *through_properties]))


def _plain_inputs(request: resource_pb2.RegisterResourceRequest) -> tuple[dict[str, Any], tuple[str, ...]]:
    inputs = rpc.deserialize_properties(request.object)
    secret_keys = tuple(sorted(key for key, value in inputs.items() if rpc.is_rpc_secret(value)))
    return _plain(inputs), secret_keys


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a program can pass
    """Unwrap secrets, and give whole numbers back their type: every number of a protobuf Struct is a float."""
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _id(inputs: Mapping[str, Any], urn: str) -> str:
    """The identifier that Pulumi's Kubernetes provider gives: ``namespace/name``, or the name of a cluster-wide one."""
    metadata = inputs.get("metadata") or {}
    if not metadata.get("name"):
        return urn
    return "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
