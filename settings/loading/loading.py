"""Loading of a platform from Pulumi's flat configuration map."""

import gc
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pulumi
from pulumi.runtime import get_config_env
from pulumi.runtime.config import CONFIG
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor
from pydantic import ValidationError

from settings.defaults import with_defaults
from settings.loading.explanation import explained
from settings.loading.kubeconfig import require_context
from settings.loading.named_models import NamedModels, names_in
from settings.model.pins import Pins, current_lock, read_pins
from settings.platform import Platform
from settings.validation.errors import Problem, SettingsError
from settings.validation.issues import MISSING
from settings.validation.words import did_you_mean, listed, shown
from settings.values.unvalidated import is_mapping

PLATFORM_KEY = "inference:platform"
_ALLOCATIONS_BETWEEN_COLLECTIONS = 100_000
NAMESPACES = ("inference", "pulumi", "kubernetes", "docker", "random")
"""Namespaces of the project, of Pulumi, and of the providers that the program uses."""


def load_current() -> Platform:
    """Load the platform of the stack that Pulumi is running.

    Raises:
        SettingsError: the stack's configuration is invalid, or Pulumi deploys and there is no context of that name.
    """
    stack = pulumi.get_stack()
    platform = load(stack, {**get_config_env(), **CONFIG.get()}, read_pins(current_lock(), stack))
    if _is_deployed():
        require_context(stack, platform.cluster.context)
        # Python would look for garbage among all that the imports have made, again and again while resources are made.
        gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    return platform


def _is_deployed() -> bool:
    """Whether Pulumi's engine runs the program: a recorded run, or a test with mocks, needs no cluster."""
    return (monitor := get_monitor()) is not None and not isinstance(monitor, MockMonitor)


def load(stack: str, config: Mapping[str, str], pins: Pins | None = None) -> Platform:
    """Load the platform from a stack's configuration: ``{"namespace:key": text}``, structured values as JSON text.

    ``pins`` resolve its names of versions; without them it must not use any.

    Raises:
        SettingsError: the configuration is invalid; the error lists all problems.
    """
    file = f"Pulumi.{stack}.yaml"
    problems = list(_key_problems(file, config))
    platform: Platform | None = None
    if PLATFORM_KEY in config:
        try:
            platform = _platform(file, config[PLATFORM_KEY], pins or Pins(stack))
        except SettingsError as error:
            problems += error.problems
    else:
        hint = "docs/settings.md has an example"
        problems.append(Problem(file=file, path=PLATFORM_KEY, value=MISSING, expected="the platform", hint=hint))
    if problems or platform is None:
        raise SettingsError(problems)
    return platform


def _key_problems(file: str, config: Iterable[str]) -> Iterator[Problem]:
    for key in config:
        namespace, colon, _ = key.partition(":")
        path = f"config[{shown(key)}]"
        if not colon:
            hint = did_you_mean(f"inference:{key}", [PLATFORM_KEY])
            yield Problem(file=file, path=path, value="no namespace", expected="a key such as inference:key", hint=hint)
        elif namespace not in NAMESPACES:
            hint = did_you_mean(namespace, NAMESPACES) or f"known: {listed(NAMESPACES)}"
            yield Problem(file=file, path=path, value="unknown namespace", hint=hint)
        elif namespace == "inference" and key != PLATFORM_KEY:
            hint = f"the only key of this namespace is {PLATFORM_KEY}"
            yield Problem(file=file, path=path, value="unknown key", hint=hint)


def named_models(stack: str, config: Mapping[str, str]) -> NamedModels | None:
    """Return the names of versions in a stack's configuration and where to look them up; None if there are none.

    Malformed names are left for :func:`load` to reject.

    Raises:
        SettingsError: registry or storage are invalid, or there is no registry.
    """
    file = f"Pulumi.{stack}.yaml"
    data = _mapping(file, config.get(PLATFORM_KEY, "{}"))
    names = names_in(data)
    if not names:
        return None
    try:
        return NamedModels.of(names, data)
    except ValidationError as error:
        raise SettingsError(explained(error, file=file, root=PLATFORM_KEY, data=data)) from None


def _platform(file: str, text: str, pins: Pins) -> Platform:
    data = _mapping(file, text)
    merged = with_defaults(data)
    try:
        # Python code spells fields in snake_case, a stack file only in camelCase.
        return Platform.model_validate(merged, by_alias=True, by_name=False, context=pins)
    except ValidationError as error:
        raise SettingsError(explained(error, file=file, root=PLATFORM_KEY, data=merged)) from None


def _mapping(file: str, text: str) -> Mapping[str, object]:
    data = _parsed(file, text)
    if not is_mapping(data):
        raise SettingsError([Problem(file=file, path=PLATFORM_KEY, value=shown(data), expected="a mapping")])
    return data


def _parsed(file: str, text: str) -> object:
    """Parse JSON; of duplicate keys, Python's parser would silently take the last."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    raise SettingsError(
        [Problem(file=file, path=PLATFORM_KEY, value=f"invalid JSON: {reason}", expected="a JSON mapping")]
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in mapping if keys.count(key) > 1)
        raise ValueError(f"duplicate key {shown(twice)}")
    return mapping
