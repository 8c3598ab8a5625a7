"""The resource monitor that Pulumi's SDK talks to while a program is recorded."""

import asyncio
import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from google.protobuf import empty_pb2
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2, source_pb2

from inferencectl.program.property_values import encode_properties, plain
from inferencectl.program.random_values import RandomValues
from inferencectl.program.resource import Resource, SourcePosition
from inferencectl.program.timeouts import timeout_seconds
from inferencectl.workspace.errors import SandboxError

_STACK_TYPE = "pulumi:pulumi:Stack"


class _NoMocks(mocks.Mocks):
    """Rejects provider functions and reads; the monitor below handles registrations itself."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise SandboxError(
            f"the program calls the provider function {args.token}, which the sandbox does not support",
            "deploy this stack with the pulumi command",
        )

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise SandboxError(
            f"the program reads the existing resource {args.name} ({args.typ}), which the sandbox does not support",
            "deploy this stack with the pulumi command",
        )


class RecordingMonitor(mocks.MockMonitor):
    """Answers as Pulumi's engine does when every resource is created successfully, and records the requests.

    ``directory`` is the program's. ``pending_outputs`` are the program's outputs that are not resolved yet.
    """

    def __init__(self, random_values: RandomValues, directory: Path) -> None:
        super().__init__(_NoMocks())
        self._directory = directory
        self._random_values = random_values
        self._resources: dict[str, Resource] = {}
        self._registered_outputs: dict[str, Mapping[str, Any]] = {}
        self._lock = threading.Lock()
        self.pending_outputs: set[asyncio.Task[Any]] = set()

    def sdk_settings(self, project: str, stack: str) -> mocks.MockSettings:
        """SDK settings that use this monitor."""
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
        """Record a resource; its outputs are its inputs and, for a random resource, the generated values."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == _STACK_TYPE:
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
                # The SDK keeps them in a set, including those through properties.
                dependencies=tuple(sorted(request.dependencies)),
                protect=request.protect,
                retain_on_delete=request.retainOnDelete,
                delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
                ignore_changes=tuple(request.ignoreChanges),
                aliases=tuple(alias.urn or alias.spec.name for alias in request.aliases),
                provider=request.provider,
                secret_keys=secret_keys,
                timeout_seconds=timeout_seconds(request.customTimeouts),
                source=_source(request.sourcePosition, self._directory),
            )
        )
        outputs = request.object
        if request.type.startswith("random:"):
            made = self._random_values.outputs(urn, request.type, inputs)
            outputs.MergeFrom(encode_properties(made, request.additionalSecretOutputs))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=_id(inputs, urn), object=outputs)

    def RegisterResourceOutputs(  # noqa: N802 - the name is the RPC's
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Record the outputs of a component or the stack."""
        self._registered_outputs[request.urn] = plain(rpc.deserialize_properties(request.outputs))
        return empty_pb2.Empty()

    def registered(self) -> tuple[Resource, ...]:
        """The registered resources in order of registration."""
        return tuple(
            replace(resource, outputs=self._registered_outputs.get(urn)) for urn, resource in self._resources.items()
        )

    def outputs_of_stack(self, project: str, stack: str) -> Mapping[str, Any]:
        """The outputs of the stack."""
        return self._registered_outputs.get(self.make_urn("", _STACK_TYPE, f"{project}-{stack}"), {})

    def _add(self, resource: Resource) -> None:
        with self._lock:
            if resource.urn in self._resources:
                raise SandboxError(
                    f"the program registers {resource.name} ({resource.type}) twice",
                    "rename one of the two",
                )
            self._resources[resource.urn] = resource


def _plain_inputs(request: resource_pb2.RegisterResourceRequest) -> tuple[dict[str, Any], tuple[str, ...]]:
    inputs = rpc.deserialize_properties(request.object)
    secret_keys = tuple(sorted(key for key, value in inputs.items() if rpc.is_rpc_secret(value)))
    return plain(inputs), secret_keys


def _source(position: source_pb2.SourcePosition, directory: Path) -> SourcePosition | None:
    path = _path_below(position.uri, directory)
    return SourcePosition(path, position.line) if path else None


@lru_cache
def _path_below(uri: str, directory: Path) -> str:
    """The path of a ``file:`` URI relative to ``directory``; empty outside it and for installed packages."""
    file = Path(unquote(urlsplit(uri).path))
    is_own = file.is_relative_to(directory) and "site-packages" not in file.parts
    return file.relative_to(directory).as_posix() if is_own else ""


def _id(inputs: Mapping[str, Any], urn: str) -> str:
    """The ID that Pulumi's Kubernetes provider assigns: ``namespace/name``, or ``name`` for a cluster-scoped object."""
    metadata = inputs.get("metadata") or {}
    if not metadata.get("name"):
        return urn
    return "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
