"""Fields that a program sets once and then leaves to others: Pulumi's `ignore_changes`.

Source: https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/
"""

from collections.abc import Iterable, Mapping
from typing import Any

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

Path = tuple[str, ...]
_UNKNOWN = frozenset('[]*"')


def path_of(text: str) -> Path:
    """The path of a field such as `spec.selector`.

    Raises:
        SandboxError: it is of the kind that names items of lists or keys with dots.
    """
    if not text or _UNKNOWN & set(text):
        raise SandboxError(
            f"ignore_changes with {text or 'an empty path'} is not supported by the sandbox",
            "name the field that contains it, such as spec.selector",
            exit_code=BAD_INPUT,
        )
    return tuple(text.split("."))


def with_live_values(manifest: Mapping[str, Any], live: Mapping[str, Any], paths: Iterable[Path]) -> Mapping[str, Any]:
    """The manifest whose fields at `paths` are as in `live`; those that `live` does not have are left out."""
    for path in paths:
        manifest = _with_live_value(manifest, live, path)
    return manifest


def _with_live_value(manifest: Mapping[str, Any], live: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    name, *deeper = path
    rest = {key: value for key, value in manifest.items() if key != name}
    if not deeper:
        return {**rest, name: live[name]} if name in live else rest
    if name not in manifest:
        return manifest
    return {**manifest, name: _with_live_value(manifest[name], live.get(name) or {}, tuple(deeper))}
