"""The fields that differ between two states of an object, in readable form."""

from collections.abc import Mapping
from typing import Any

from inferencectl.changes import FieldChange
from inferencectl.changes.differences import by_name, differences, fields_between, is_list
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.resources import FIELD_MANAGER

# Written by the API server and by controllers, never by a program.
_BOOKKEEPING = frozenset(
    {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}
    | {"deletionTimestamp", "deletionGracePeriodSeconds"}
)


def field_changes(
    item: KubernetesObject, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[FieldChange, ...]:
    """Compare two states of `item` as the API server returned them; secrets are shown as `[secret]`."""
    secret_keys = {*item.secret_keys, *(("data", "stringData") if item.key.group_kind == "Secret" else ())}
    return tuple(fields_between(_wanted(before), _wanted(after), secret_keys))


def has_own_changes(item: KubernetesObject, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a field differs that the manifest sets, or that this deployer set before.

    If none does, or only what the object ignores, another client made the change between the two looks, such as an
    autoscaler that set the replicas.
    """
    entries = before["metadata"].get("managedFields") or ()
    owned = [entry["fieldsV1"] for entry in entries if entry.get("manager") == FIELD_MANAGER and "fieldsV1" in entry]
    paths = [path for path, _, _ in differences((), _wanted(before), _wanted(after))]
    ours = [path for path in paths if not any(path[: len(ignored)] == ignored for ignored in item.ignored)]
    return any(_sets(item.manifest, path) or any(_owns(fields, path) for fields in owned) for path in ours)


def _sets(manifest: object, path: tuple[str, ...]) -> bool:
    """Whether a manifest sets the field at `path`; items of lists and keys with dots are not told apart."""
    for part in path:
        if part.startswith("[") or not isinstance(manifest, Mapping):
            return True
        if part not in manifest:
            return False
        manifest = manifest[part]
    return True


def _owns(fields: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """The same for an entry of `managedFields`, in which `{}` is a field as a whole."""
    for part in path:
        if part.startswith("[") or not fields:
            return True
        if f"f:{part}" not in fields:
            return False
        fields = fields[f"f:{part}"]
    return True


def manifest_changes(item: KubernetesObject, before: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Compare the live state with the manifest, in the fields that the manifest sets.

    This is for an object that must be replaced, since the API server rejects the dry run of its change.
    """
    return field_changes(item, before, _laid_over(before, item.manifest))


def _wanted(state: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in state["metadata"].items() if key not in _BOOKKEEPING}
    rest = {key: value for key, value in state.items() if key not in ("status", "apiVersion", "kind")}
    return {**rest, "metadata": metadata}


def _laid_over(base: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {**base, **{key: _overlay(base.get(key), value) for key, value in manifest.items()}}


def _overlay(base: object, manifest: object) -> object:
    if isinstance(base, Mapping) and isinstance(manifest, Mapping):
        return _laid_over(base, manifest)
    if is_list(base) and is_list(manifest):
        old, new = by_name(base, manifest)
        return [_overlay(old.get(name), item) for name, item in new.items()]
    return manifest
