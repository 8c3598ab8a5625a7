"""The change of one object that the deployer knows by its key."""

from inferencectl.changes import Action, Change, FieldChange
from inferencectl.deployer.keys import ObjectKey


def change(
    action: Action, key: ObjectKey, urn: str, fields: tuple[FieldChange, ...] = (), *, drifted: bool = False
) -> Change:
    """The change of the object `key`."""
    return Change(
        action=action,
        kind=key.kind,
        namespace=key.namespace,
        name=key.name,
        urn=urn,
        fields=fields,
        drifted=drifted,
    )
