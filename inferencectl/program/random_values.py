"""The values of ``pulumi_random`` resources: generated once and kept for the lifetime of the sandbox."""

import json
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically


class RandomValues:
    """Random values by URN, kept in a file that only its owner can read.

    A value is regenerated when the resource's inputs change (``keepers`` included), as the provider does.

    Raises:
        SandboxError: the file is not valid JSON.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._entries: dict[str, dict[str, Any]] = _read(path) if path and path.exists() else {}

    @classmethod
    def in_memory(cls) -> Self:
        """Values that are not saved, for a run that deploys nothing."""
        return cls(None)

    def outputs(self, urn: str, resource_type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of the random resource at ``urn``.

        Raises:
            SandboxError: the resource type is not supported, or its inputs are invalid.
        """
        entry = self._entries.get(urn)
        if entry is None or entry["inputs"] != inputs:
            entry = {"inputs": inputs, "outputs": _make(resource_type, inputs)}
            self._entries[urn] = entry
            if self._path:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._path, json.dumps(self._entries, indent=2))
        return entry["outputs"]


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SandboxError(
            f"{path}: the saved random values are not readable: {error}",
            "restore the file from a backup, or delete it to regenerate every random value",
            exit_code=BAD_INPUT,
        ) from None


def _make(resource_type: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        maker = _MAKERS[resource_type]
    except KeyError:
        raise SandboxError(
            f"the sandbox cannot generate values for {resource_type}",
            f"use one of {', '.join(sorted(_MAKERS))}, or deploy this stack with the pulumi command",
        ) from None
    return maker(inputs)


def _text(inputs: Mapping[str, Any]) -> dict[str, Any]:
    alphabets = {
        "Lower": string.ascii_lowercase,
        "Upper": string.ascii_uppercase,
        "Numeric": string.digits,
        "Special": inputs.get("overrideSpecial") or "!@#$%&*()-_=+[]{}<>:?",
    }
    allowed = {kind: letters for kind, letters in alphabets.items() if inputs.get(kind.lower(), True)}
    required = [letters for kind, letters in allowed.items() for _ in range(inputs.get(f"min{kind}", 0))]
    free = inputs["length"] - len(required)
    if not allowed or free < 0:
        raise SandboxError(
            "a random text has no allowed characters, or its minima add up to more than its length",
            "allow lower, upper, numeric or special, or set length to at least the sum of the minima",
            exit_code=BAD_INPUT,
        )
    characters = [secrets.choice(letters) for letters in [*required, *["".join(allowed.values())] * free]]
    secrets.SystemRandom().shuffle(characters)
    return {"result": "".join(characters)}


def _uuid(_: Mapping[str, Any]) -> dict[str, Any]:
    return {"result": str(uuid.uuid4())}


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "random:index/randomPassword:RandomPassword": _text,
    "random:index/randomString:RandomString": _text,
    "random:index/randomUuid:RandomUuid": _uuid,
}
