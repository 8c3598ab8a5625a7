"""One resource that a program registers, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SourcePosition:
    """A line of a program: ``path`` is relative to the program's directory, ``line`` counts from 1."""

    path: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registered resource.

    ``inputs`` are camelCase with secrets unwrapped; for a Kubernetes resource they are the manifest. ``dependencies``
    are URNs and include those that flow through properties. ``secret_keys`` are the top-level inputs with a secret.
    ``timeout_seconds`` is how long creating or updating it may take, None if the program leaves that to the engine.
    ``outputs`` are what a component registered, and None for one that registered nothing. ``source`` is the call that
    made the resource; None where that is not in the program's directory.
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
    timeout_seconds: float | None = None
    outputs: Mapping[str, Any] | None = None
    source: SourcePosition | None = None
