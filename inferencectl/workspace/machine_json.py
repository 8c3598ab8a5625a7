"""Results as JSON, for machines."""

import dataclasses
import json
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from pathlib import Path


def as_json(value: object) -> str:
    """Serialise dataclasses, mappings and sequences as JSON."""
    return json.dumps(value, default=_plain, indent=2)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot serialise {type(value).__name__} as JSON")
