"""A place in a resource's properties: its value, and the path by which a finding names it.

Manifests come from people and templates, so any property can be missing, null, of the wrong type or not yet known. The
readers here tell these apart once, so that a rule is written for the good case only.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias, TypeGuard, cast

from pulumi_policy import proxy, secret
from pulumi_policy.secret import Secret

from quantities import parse_quantity

Path = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
_LONGEST_SHOWN = 100

# The SDK's classes around properties, which it exports only to itself.
_PROXIES: Final = frozenset[type](
    {
        proxy._DictProxy,  # pyright: ignore[reportPrivateUsage]
        proxy._ListProxy,  # pyright: ignore[reportPrivateUsage]
        secret._DictSecretsProxy,  # pyright: ignore[reportPrivateUsage]
        secret._ListSecretsProxy,  # pyright: ignore[reportPrivateUsage]
    }
)
_UNKNOWN_SENTINELS: Final = frozenset(
    {
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
    }
)


class _Unknown:
    """A value that a preview cannot know."""


UNKNOWN: Final = _Unknown()

JsonValue: TypeAlias = "bool | float | str | _Unknown | list[JsonValue] | dict[str, JsonValue] | None"
"""A value of a manifest, or ``UNKNOWN``."""


class UnreadableError(Exception):
    """A rule needs a property that it cannot read; ``path`` is where."""

    def __init__(self, path: Path) -> None:
        super().__init__(render_path(path))
        self.path = path


class NotYetKnownError(UnreadableError):
    """The value depends on a resource that does not exist yet."""


class WrongTypeError(UnreadableError):
    """The value is of another type than the Kubernetes API has in this place."""

    def __init__(self, node: "Node", expected: str) -> None:
        super().__init__(node.path)
        self.actual = type_name(node.value)
        self.expected = expected


# Not frozen: judging one Deployment makes a thousand of these, and frozen ones take twice as long to make.
@dataclass(slots=True)
class Node:
    """A value (plain Python, None where absent or null, ``UNKNOWN``) and its path from the resource's properties.

    Every reader returns None for an absent or null value, raises ``NotYetKnownError`` for an unknown one and
    ``WrongTypeError`` for one of another type.
    """

    value: JsonValue
    path: Path = ()

    def get(self, key: str) -> "Node":
        """The member ``key`` of this object."""
        if isinstance(self.value, dict):
            return Node(self.value.get(key), (*self.path, key))
        if self.value is None:
            return Node(None, (*self.path, key))
        raise self._unreadable("an object")

    def at(self, *keys: str) -> "Node":
        """The node at ``keys`` below this one, or the first on the way that cannot be entered."""
        node = self
        for key in keys:
            if node.value is not None and not isinstance(node.value, dict):
                return node
            node = node.get(key)
        return node

    def items(self) -> list["Node"]:
        """The elements of this list; none for an absent one."""
        if self.value is None:
            return []
        if isinstance(self.value, list):
            return [Node(item, (*self.path, index)) for index, item in enumerate(self.value)]
        raise self._unreadable("a list")

    def entries(self) -> list[tuple[str, "Node"]]:
        """The members of this object by key; none for an absent one."""
        if self.value is None:
            return []
        if isinstance(self.value, dict):
            return [(key, self.get(key)) for key in self.value]
        raise self._unreadable("an object")

    def objects(self) -> list["Node"]:
        """This object and every object below it; never raises."""
        found: list[Node] = []
        open_places: list[tuple[JsonValue, Path]] = [(self.value, self.path)]
        while open_places:
            value, path = open_places.pop()
            if isinstance(value, dict):
                found.append(Node(value, path))
                members = value.items()
            else:
                members = enumerate(value) if isinstance(value, list) else ()
            open_places += [(item, (*path, key)) for key, item in members if isinstance(item, dict | list)]
        return found

    def holds(self, path: Path) -> bool:
        """Whether there is a value at ``path``, which begins with this node's own; never raises."""
        value = self.value
        for step in path[len(self.path) :]:
            if isinstance(value, dict) and isinstance(step, str):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return False
        return value is not None

    def is_set(self) -> bool:
        """Whether there is a value at all, of whatever type."""
        if self.value is UNKNOWN:
            raise NotYetKnownError(self.path)
        return self.value is not None

    def boolean(self) -> bool | None:
        """The value as true or false."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        raise self._unreadable("true or false")

    def text(self) -> str | None:
        """The value as a string."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        raise self._unreadable("a string")

    def number(self) -> float | None:
        """The value as a finite number (the analyzer's protocol knows no integers)."""
        if self.value is None or _is_number(self.value):
            return self.value
        raise self._unreadable("a number")

    def quantity(self) -> Decimal | None:
        """The value as a Kubernetes quantity, in its base unit (cores, bytes)."""
        if self.value is None:
            return None
        if isinstance(self.value, str) or _is_number(self.value):
            quantity = parse_quantity(str(self.value))
            if quantity is not None:
                return quantity
        raise self._unreadable("a quantity such as 500m or 2Gi")

    def shown(self) -> str:
        """The value as a finding shows it: scalars as JSON, cut short; of everything else just the type."""
        if self.value is None:
            return "not set"
        if isinstance(self.value, str) or _is_number(self.value) or isinstance(self.value, bool):
            shown = json.dumps(_integral(self.value), ensure_ascii=True)
            return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
        return type_name(self.value)

    def _unreadable(self, expected: str) -> UnreadableError:
        if self.value is UNKNOWN:
            return NotYetKnownError(self.path)
        return WrongTypeError(self, expected)


def render_path(path: Path) -> str:
    """``spec.containers[0].image``; keys that are not plain words are quoted: ``annotations["example.com/x"]``."""
    rendered = "".join(_render_step(step) for step in path)
    return rendered.removeprefix(".") or "the resource itself"


def type_name(value: JsonValue) -> str:
    """What people call the value's type."""
    if isinstance(value, bool):
        return "true or false"
    names = ((str, "a string"), ((int, float), "a number"), (Mapping, "an object"), (list, "a list"))
    return next((name for types, name in names if isinstance(value, types)), "nothing that JSON knows")


def plain(value: object) -> JsonValue:
    """Copy the SDK's property proxies into plain dicts and lists, with ``UNKNOWN`` for what a preview cannot know."""
    # Read past the proxies, which wrap each value once more. The SDK gets at what they wrap in the same way.
    if type(value) in _PROXIES:
        return plain(cast("Mapping[str, object]", value)["__target"])
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWN_SENTINELS else value
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {key: plain(member) for key, member in members.items()}
    if isinstance(value, list):
        return [plain(member) for member in cast("list[object]", value)]
    # A scalar; or an asset or archive, which no field of Kubernetes has: whoever reads it finds that it is of the wrong
    # type.
    return cast("JsonValue", value)


def _render_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{json.dumps(step)}]"


def _is_number(value: JsonValue) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _integral(value: JsonValue) -> JsonValue:
    return int(value) if isinstance(value, float) and value.is_integer() else value
