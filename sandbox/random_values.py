"""The values of ``pulumi_random`` resources: made once, and kept for as long as the sandbox exists."""

import json
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from sandbox.errors import SandboxError
from sandbox.files import write_atomically


class RandomValues:
    """Random values by URN, kept in a file that only its owner can read.

    A value is made anew when the resource's inputs change (``keepers`` included), as the provider does.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._entries: dict[str, dict[str, Any]] = {}
        if path and path.exists():
            self._entries = json.loads(path.read_text(encoding="utf-8"))

    @classmethod
    def in_memory(cls) -> Self:
        """Values that end with the process: for a run that deploys nothing."""
        return cls(None)

    def outputs(self, urn: str, resource_type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of the random resource at ``urn``."""
        entry = self._entries.get(urn)
        if entry is None or entry["inputs"] != inputs:
            entry = {"inputs": inputs, "outputs": _make(resource_type, inputs)}
            self._entries[urn] = entry
            if self._path:
                write_atomically(self._path, json.dumps(self._entries, indent=2))
        return entry["outputs"]


def _make(resource_type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        maker = _MAKERS[resource_type]
    except KeyError:
        raise SandboxError(
            f"the sandbox cannot make a value for {resource_type}",
            f"use one of {', '.join(sorted(_MAKERS))}, or deploy this stack with the pulumi command",
        ) from None
    return maker(inputs)


def _text(inputs: Mapping[str, Any]) -> dict[str, Any]:
    special = (inputs.get("overrideSpecial") or "!@#$%&*()-_=+[]{}<>:?") if inputs.get("special", True) else ""
    kinds = {"lower": string.ascii_lowercase, "upper": string.ascii_uppercase, "numeric": string.digits}
    alphabet = "".join(letters for kind, letters in kinds.items() if inputs.get(kind, True)) + special
    return {"result": "".join(secrets.choice(alphabet) for _ in range(inputs["length"]))}


def _uuid(_: Mapping[str, Any]) -> dict[str, Any]:
    return {"result": str(uuid.uuid4())}


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "random:index/randomPassword:RandomPassword": _text,
    "random:index/randomString:RandomString": _text,
    "random:index/randomUuid:RandomUuid": _uuid,
}
