"""Resolved names of versions: ``models.lock``, as written by ``python -m registry lock``."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from settings.validation.errors import Problem, SettingsError
from settings.validation.words import shown, shown_path
from settings.values.quantity import SMALLEST_BYTES, binary_quantity, quantity_value
from settings.values.unvalidated import is_list, is_mapping

MODELS_LOCK = Path(__file__).parents[2] / "models.lock"
MODELS_LOCK_VARIABLE = "INFERENCE_MODELS_LOCK"
"""Path of a file to use instead of `models.lock`, as a preview does for names that are not locked yet."""
_NO_PINS: Mapping[str, "Pin"] = MappingProxyType({})


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, validate_by_name=True)


class Noise(_Document):
    """What limits the comparison with a reference: with n rows, chance takes the index to chi (1/n + 1/values)."""

    chi: Annotated[float, Field(gt=0)]
    values: Annotated[int, Field(ge=1)]


class Pin(_Document):
    """The version that a name resolves to."""

    version: int
    storage: str
    sha256: str
    size_bytes: Annotated[int, Field(ge=0)]
    metrics: Mapping[str, float]
    drift: tuple[Noise, ...] = ()


class _Lock(_Document):
    schema_version: Literal[1]
    stacks: Mapping[str, Mapping[str, Pin]]


@dataclass(frozen=True)
class Pins:
    """The pins of one stack, by name."""

    stack: str
    by_name: Mapping[str, Pin] = field(default_factory=lambda: _NO_PINS)


def current_lock() -> Path:
    """The lock file to read: that of the checkout, or the one set in the environment."""
    return Path(os.environ.get(MODELS_LOCK_VARIABLE) or MODELS_LOCK)


def read_pins(lock: Path, stack: str) -> Pins:
    """Read the pins of a stack; empty if there is no lock file.

    Raises:
        SettingsError: the file cannot be read or is not a lock file.
    """
    try:
        found = _Lock.model_validate_json(lock.read_bytes())
    except FileNotFoundError:
        return Pins(stack)
    except OSError as error:
        problem = Problem(file=shown_path(lock), path="", value=f"cannot be read: {error.strerror}")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = Problem(
            file=shown_path(lock),
            path=".".join(map(str, first["loc"])),
            value=shown(first["input"]),
            expected="the lock as it was last generated",
            hint=f"restore it, or delete it and run: make lock-models STACK={stack}",
        )
    else:
        return Pins(stack, found.stacks.get(stack, _NO_PINS))
    raise SettingsError([problem])


def sized(model: Mapping[str, Any], pins: Pins) -> Mapping[str, Any]:
    """The configuration of a model with at least the size of its largest named version.

    Values of the wrong type are left for the validation to report.
    """
    versions = model.get("versions")
    names = [each.get("name") for each in versions if is_mapping(each)] if is_list(versions) else []
    pinned = [pins.by_name[name].size_bytes for name in names if isinstance(name, str) and name in pins.by_name]
    if "size" in model:
        return {**model, "size": _at_least(max(pinned), model["size"])} if pinned else model
    # A name without a pin is rejected later; a missing size would only be a second error about it.
    return {**model, "size": binary_quantity(max([*pinned, SMALLEST_BYTES]))} if names and all(names) else model


def _at_least(size_bytes: int, stated: object) -> object:
    try:
        return stated if quantity_value(str(stated)) >= size_bytes else binary_quantity(size_bytes)
    except ValueError:
        return stated
