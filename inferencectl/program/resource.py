"""A resource that a program registers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inferencectl.program.urns import readable


@dataclass(frozen=True)
class SourcePosition:
    """A line of a program: ``path`` is relative to the program's directory, ``line`` counts from 1."""

    path: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A registered resource.

    ``inputs`` are camelCase with secrets unwrapped; for a Kubernetes resource they are the manifest. ``dependencies``
    are URNs, including dependencies through properties. ``secret_keys`` are the top-level inputs that contain secrets.
    ``timeout_seconds`` is the limit for creating or updating it, None for the engine's default. ``retain_on_delete`` is
    whether it stays in the cluster when it leaves the program, and ``delete_before_replace`` what the program says
    about replacements, None for nothing. ``ignore_changes`` are the paths of fields that are left as they are once the
    object exists. ``outputs`` are the outputs that a component registered, None if it registered
    none. ``source`` is the call that created the resource, None if that is outside the program's directory.
    """

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    inputs: Mapping[str, Any]
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    provider: str = ""
    secret_keys: tuple[str, ...] = ()
    timeout_seconds: float | None = None
    outputs: Mapping[str, Any] | None = None
    source: SourcePosition | None = None

    @property
    def title(self) -> str:
        """Kind, namespace and name of the Kubernetes object, as in ``Deployment models/iris-v1``.

        What is not an object goes by the name that the program gives it.
        """
        metadata = self.inputs.get("metadata")
        if not isinstance(metadata, Mapping) or not isinstance(name := metadata.get("name"), str):
            return readable(self.urn)
        kind, namespace = self.type.rpartition(":")[2], metadata.get("namespace")
        return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
