"""What changes between two renderings of a stack: objects by model, and pods that restart."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inferencectl.changes import Action, Change, FieldChange, Plan
from inferencectl.changes.differences import fields_between
from inferencectl.deployer.keys import ObjectKey

Manifest = Mapping[str, Any]

OF_THE_STACK = ""
"""The owner of what belongs to no model."""
WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_TEMPLATE = "spec.template"
_NAMED = 3
_MODEL_LABEL = "app.kubernetes.io/name"


@dataclass(frozen=True, kw_only=True)
class Restart:
    """A workload whose pods are replaced, and the fields of its pod template that are the reason."""

    workload: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(f"…{path.removeprefix(f'{_TEMPLATE}.')}" for path in self.fields[:_NAMED])
        more = len(self.fields) - _NAMED
        return f"{self.workload}: {named}{f' and {more} more fields' if more > 0 else ''}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The change of every object with its owner, a model or the stack itself, and what restarts."""

    by_owner: Mapping[str, Plan]
    restarts: tuple[Restart, ...]

    @property
    def plan(self) -> Plan:
        """All changes together."""
        return Plan(changes=tuple(change for plan in self.by_owner.values() for change in plan.changes))


def compare(before: Iterable[Manifest], after: Iterable[Manifest], models: Collection[str]) -> Comparison:
    """Compare two sets of manifests, without secrets; `models` are the names of those of both sides."""
    old, new = _by_key(before), _by_key(after)
    keys = sorted(old.keys() | new.keys(), key=lambda key: (key.kind, key.namespace, key.name, key.group))
    changes = {key: _change(key, old.get(key), new.get(key)) for key in keys}
    owners = {key: owner_of(new.get(key) or old[key], models) for key in keys}
    by_owner = {
        owner: Plan(changes=tuple(changes[key] for key in keys if owners[key] == owner))
        for owner in sorted(set(owners.values()))
    }
    return Comparison(by_owner=by_owner, restarts=tuple(_restarts(changes.values())))


def owner_of(manifest: Manifest, models: Collection[str]) -> str:
    """The model that an object belongs to, by its label or by its name; `OF_THE_STACK` without one."""
    metadata = manifest["metadata"]
    labelled = (metadata.get("labels") or {}).get(_MODEL_LABEL, OF_THE_STACK)
    if labelled in models:
        return labelled
    name = metadata["name"]
    return max((each for each in models if name == each or name.startswith(f"{each}-")), key=len, default=OF_THE_STACK)


def _by_key(manifests: Iterable[Manifest]) -> dict[ObjectKey, Manifest]:
    return {ObjectKey.of(manifest): manifest for manifest in manifests}


def _change(key: ObjectKey, before: Manifest | None, after: Manifest | None) -> Change:
    action, fields = Action.UNCHANGED, ()
    if before is None:
        action = Action.CREATE
    elif after is None:
        action = Action.DELETE
    elif fields := tuple(fields_between(before, after, ())):
        action = Action.UPDATE
    return Change(action=action, kind=key.kind, namespace=key.namespace, name=key.name, urn="", fields=fields)


def _restarts(changes: Iterable[Change]) -> Iterator[Restart]:
    for change in changes:
        if change.action is Action.UPDATE and change.kind in WORKLOADS:
            reasons = tuple(field.path for field in change.fields if _is_of_pods(field))
            if reasons:
                yield Restart(workload=f"{change.kind} {change.full_name}", fields=reasons)


def _is_of_pods(field: FieldChange) -> bool:
    return field.path.startswith(_TEMPLATE)
