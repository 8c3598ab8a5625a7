"""The reference of all keys, generated from the models; ``python -m settings.reference`` updates docs/settings.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from settings.defaults import quota_defaults, scaling_defaults, volume_defaults
from settings.environment import Environment
from settings.platform import Platform
from settings.values.unvalidated import is_list

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"
MARKER = "<!-- What follows is written by python -m settings.reference. -->\n"

Schema = Mapping[str, Any]

_ENVIRONMENT_DEFAULTS = {
    "quota": quota_defaults,
    "models[].scaling": scaling_defaults,
    "models[].volume": volume_defaults,
}
_ALWAYS_THERE = ("quota", "models[].scaling")
_KNOWN_BY_NAME = ("models[].size", *(f"models[].versions[].{key}" for key in ("version", "storage", "sha256")))
_TYPES = {"integer": "whole number", "boolean": "`true` or `false`", "string": "text", "number": "number"}


def reference() -> str:
    """Generate Markdown: a table for each mapping of the stack file, then the defaults of the environments."""
    schema = Platform.model_json_schema(by_alias=True)
    return "\n".join([*_sections(schema, schema["$defs"], ""), *_environments()])


def renewed(document: str) -> str:
    """Replace the reference in the document."""
    introduction, marker, _ = document.partition(MARKER)
    return f"{introduction}{marker}\n{reference()}"


def _sections(section: Schema, definitions: Mapping[str, Schema], path: str, only_with: str = "") -> Iterator[str]:
    yield f"## `{path or 'inference:platform'}`{only_with}\n"
    yield f"{_one_line(section['description'])}\n"
    yield "| key | value | default | |\n|---|---|---|---|"
    below: list[tuple[str, str, Schema]] = []
    # What tells the members of a union apart comes first.
    for key, field in sorted(section["properties"].items(), key=lambda item: "const" not in item[1]):
        here = f"{path}.{key}".removeprefix(".")
        kind, suffix = _unwrapped(field)
        for only, target in _targets(kind, definitions):
            if "properties" in target:
                below.append((here + suffix, only, target))
        default = _default(here, field, required=key in section.get("required", ()))
        yield f"| `{key}` | {_type(field, definitions)} | {default} | {_one_line(field.get('description', ''))} |"
    yield ""
    for here, only, target in below:
        yield from _sections(target, definitions, here, only or only_with)


def _unwrapped(field: Schema) -> tuple[Schema, str]:
    """The type of a field without ``| None``, list or map, and what these add to the path."""
    if "anyOf" in field:
        return _unwrapped(field["anyOf"][0])
    if "items" in field:
        return field["items"], "[]"
    if isinstance(field.get("additionalProperties"), Mapping):
        return field["additionalProperties"], ".NAME"
    return field, ""


def _target(kind: Schema, definitions: Mapping[str, Schema]) -> Schema:
    return definitions[kind["$ref"].rpartition("/")[2]]


def _targets(kind: Schema, definitions: Mapping[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """The sections that a key may have, each with the words that tell when: one, or the members of a union."""
    if "$ref" in kind:
        yield "", _target(kind, definitions)
    for tag, reference in kind.get("discriminator", {}).get("mapping", {}).items():
        yield f" with `{kind['discriminator']['propertyName']}: {tag}`", _target({"$ref": reference}, definitions)


def _type(field: Schema, definitions: Mapping[str, Schema]) -> str:
    kind, suffix = _unwrapped(field)
    if suffix:
        return f"{'list' if suffix == '[]' else 'mapping'} of {_type(kind, definitions)}"
    if "discriminator" in kind:
        return "mapping"
    if "$ref" in kind:
        target = _target(kind, definitions)
        return ", ".join(f"`{choice}`" for choice in target["enum"]) if "enum" in target else "mapping"
    if "const" in kind:
        return f"`{kind['const']}`"
    name = kind.get("format") or _TYPES[kind["type"]]
    return f"{name} {kind['minimum']} to {kind['maximum']}" if "minimum" in kind else name


def _default(path: str, field: Schema, *, required: bool) -> str:
    section, _, key = path.rpartition(".")
    if path in _ALWAYS_THERE:
        return "by environment"
    if section in _ENVIRONMENT_DEFAULTS and key in _ENVIRONMENT_DEFAULTS[section](Environment.DEV):
        return "by environment"
    if required or (path.endswith(".strategy") and "const" in field):
        return f"**required**{' without `name`' if path in _KNOWN_BY_NAME else ''}"
    default = field.get("default")
    if "discriminator" in field:
        tag = field["discriminator"]["propertyName"]
        return f"`{{{tag}: {field['default'][tag]}}}`"
    if isinstance(default, Mapping):
        return "as below"
    return "none" if default in (None, [], "") else f"`{_written(default)}`"


def _written(value: object) -> str:
    if is_list(value):
        return f"[{', '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _environments() -> Iterator[str]:
    yield "## Defaults by environment\n"
    yield f"| key | {' | '.join(Environment)} |\n|---|{'---|' * len(Environment)}"
    for path, defaults in _ENVIRONMENT_DEFAULTS.items():
        for key in defaults(Environment.DEV):
            yield f"| `{path}.{key}` | {' | '.join(_written(defaults(each)[key]) for each in Environment)} |"
    yield ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
