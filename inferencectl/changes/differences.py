"""Where two states of an object differ, in readable form."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from inferencectl.changes.changes import FieldChange

SECRET = "[secret]"  # noqa: S105 - shown in place of a secret

FieldPath = tuple[str, ...]


def fields_between(
    before: Mapping[str, Any], after: Mapping[str, Any], secret_keys: Collection[str]
) -> Iterator[FieldChange]:
    """The changed fields of an object; what is below one of `secret_keys` at its top is shown as `[secret]`."""
    for path, old, new in differences((), before, after):
        secret = path[0] in secret_keys
        yield FieldChange(path=path_text(path), before=_shown(old, secret), after=_shown(new, secret))


def differences(path: FieldPath, before: object, after: object) -> Iterator[tuple[FieldPath, object, object]]:
    """Each place below `path` where two values differ, with both; None stands for an absent one."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from differences((*path, _member(key)), before.get(key), after.get(key))
    elif is_list(before) and is_list(after):
        old, new = by_name(before, after)
        for name in dict.fromkeys([*old, *new]):
            yield from differences((*path, f"[{name}]"), old.get(name), new.get(name))
    elif before != after:
        yield path, before, after


def by_name(before: Sequence[Any], after: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Key the items of two lists by `name` if each has a distinct one, else by position."""

    def names(items: Sequence[Any]) -> list[str]:
        return [item["name"] for item in items if isinstance(item, Mapping) and isinstance(item.get("name"), str)]

    if all(len(set(names(items))) == len(items) for items in (before, after)):
        return dict(zip(names(before), before, strict=True)), dict(zip(names(after), after, strict=True))
    return {str(i): item for i, item in enumerate(before)}, {str(i): item for i, item in enumerate(after)}


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether it is a list of a manifest, and no text."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def _member(key: str) -> str:
    return f"[{key}]" if "." in key else key


def path_text(path: FieldPath) -> str:
    """The path as people write it: dotted, with items of lists in brackets."""
    return ".".join(path).replace(".[", "[")


def _shown(value: object, secret: bool) -> object:
    return SECRET if secret and value is not None else value
