"""Objects that hold data: a change that would replace one is refused."""

from collections.abc import Sequence

from inferencectl.changes import FieldChange
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.workspace.errors import SandboxError

HOLDS_DATA = frozenset({"Namespace", "PersistentVolume", "PersistentVolumeClaim"})
"""Kinds whose data a replacement would lose."""

CLAIM = "PersistentVolumeClaim"
# The keys below `volume` of a model.
_SETTINGS = {
    "spec.storageClassName": "storageClass",
    "spec.accessModes": "accessMode",
    "spec.resources.requests.storage": "capacity",
}


def lost_data(item: KubernetesObject, fields: Sequence[FieldChange], reason: str) -> SandboxError:
    """The refusal of a change that is not possible in place; `reason` is the API server's."""
    changes = "; ".join(_described(item, field) for field in fields)
    return SandboxError(
        f"{item.key}: this change needs a replacement, but {_why(item)}: {changes or reason}", _remedy(item)
    )


def _why(item: KubernetesObject) -> str:
    if item.protect:
        return "it is protected"
    return f"a {item.key.kind} is never replaced" if item.key.group_kind in HOLDS_DATA else "it is to be retained"


def _described(item: KubernetesObject, field: FieldChange) -> str:
    path = field.path.partition("[")[0]
    setting = _SETTINGS.get(path) if item.key.group_kind == CLAIM else None
    key = f" (volume.{setting} of the model)" if setting else ""
    return f"{field.path}{key} is {field.before} and would become {field.after}"


def _remedy(item: KubernetesObject) -> str:
    if item.key.group_kind != CLAIM:
        return "undo the change, or give the new object another name and move the data of the old one"
    return (
        "undo the change; for another volume, deploy the model without volume first, delete the old claim if it is "
        "still there, and deploy it with the new volume then"
    )
