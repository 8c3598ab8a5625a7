"""Converts resource properties from and to Pulumi's wire format, which marks secrets and has only float numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

# Any JSON value; a precise type would be recursive and long.
JsonValue: TypeAlias = Any

_SECRET = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG}


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """A property (``spec.template.spec.containers[0].image``) before (None if absent) and after."""

    field: str
    before: JsonValue
    after: JsonValue


def encode_properties(inputs: Mapping[str, JsonValue], secret_keys: Sequence[str]) -> struct_pb2.Struct:
    """``inputs`` as Pulumi's engine sends them, with those at ``secret_keys`` marked as secrets."""
    marked = {key: {**_SECRET, "value": value} if key in secret_keys else value for key, value in inputs.items()}
    return json_format.ParseDict(marked, struct_pb2.Struct())


def apply_properties(
    inputs: Mapping[str, JsonValue], properties: struct_pb2.Struct
) -> tuple[dict[str, JsonValue], list[PropertyChange]]:
    """``inputs`` with every value that differs in ``properties`` replaced, and the differences.

    Equal values are kept unchanged, because the wire format turns integers into floats.
    """
    changes: list[PropertyChange] = []
    return _merged(inputs, plain(json_format.MessageToDict(properties)), "", changes), changes


def plain(value: JsonValue) -> JsonValue:
    """``value`` with its secrets unwrapped and its whole numbers integers again."""
    if rpc.is_rpc_secret(value):
        return plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _merged(before: JsonValue, after: JsonValue, field: str, changes: list[PropertyChange]) -> JsonValue:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = [*before, *(key for key in after if key not in before)]
        merged = {key: _merged(before.get(key), after.get(key), f"{field}.{key}", changes) for key in keys}
        return {key: value for key, value in merged.items() if key in after}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [_merged(old, new, f"{field}[{index}]", changes) for index, (old, new) in pairs]
    if before == after and isinstance(before, bool) is isinstance(after, bool):
        return before
    changes.append(PropertyChange(field=field.removeprefix("."), before=before, after=after))
    return after
