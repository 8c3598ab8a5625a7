"""What is to be verified: versions of models, and where their servers are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from verification.client.errors import BadInputError
from verification.client.protocol import ServingProtocol

_REMEDY = 'write a list such as [{"model": "mnist", "version": 1, "rest": "http://mnist-v1:8501"}]'
_KINDS = {"model": str, "version": int, "rest": str, "grpc": str, "expect": str, "protocol": str}


@dataclass(frozen=True, kw_only=True)
class Target:
    """One version of one model: its server's addresses, at least one, and the file of what it is to answer.

    ``protocol`` is what the server speaks at both addresses.
    """

    model: str
    version: int
    rest: str = ""
    grpc: str = ""
    expect: str = ""
    protocol: ServingProtocol = ServingProtocol.TENSORFLOW_SERVING

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that there are."""
        return tuple(address for address in (self.rest, self.grpc) if address)


def read_targets(text: str, source: str) -> tuple[Target, ...]:
    """Read a list of targets from JSON; ``source`` is what an error calls it.

    Raises:
        BadInputError: it is none.
    """
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise BadInputError(f"{source}: no JSON: {error}; {_REMEDY}") from error
    if not isinstance(entries, list) or not entries:
        raise BadInputError(f"{source}: no targets; {_REMEDY}")
    return tuple(_target(entry, f"{source}[{index}]") for index, entry in enumerate(entries))


def targets_file(path: Path) -> tuple[Target, ...]:
    """Read the file of targets at ``path``.

    Raises:
        BadInputError: it is not there, or is none.
    """
    try:
        return read_targets(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: {error}; {_REMEDY}") from error


def _target(entry: object, where: str) -> Target:
    if not isinstance(entry, dict):
        raise BadInputError(f"{where}: {entry!r}; {_REMEDY}")
    for key, value in entry.items():
        if key not in _KINDS:
            raise BadInputError(f"{where}.{key}: unknown; expected {', '.join(_KINDS)}")
        if not isinstance(value, _KINDS[key]) or isinstance(value, bool):
            raise BadInputError(f"{where}.{key}: {value!r}; expected {_KINDS[key].__name__}")
    missing = [key for key in ("model", "version") if key not in entry]
    if missing:
        raise BadInputError(f"{where}: no {' and no '.join(missing)}; {_REMEDY}")
    known = {each.name: entry[each.name] for each in fields(Target) if each.name in entry}
    target = Target(**{**known, "protocol": _protocol(entry, where)})
    if not target.addresses:
        raise BadInputError(f"{where}: neither rest nor grpc; {_REMEDY}")
    return target


def _protocol(entry: Mapping[str, Any], where: str) -> ServingProtocol:
    name = entry.get("protocol", Target.protocol)
    if name not in list(ServingProtocol):
        raise BadInputError(f"{where}.protocol: {name!r}; expected {' or '.join(ServingProtocol)}")
    return ServingProtocol(name)
