"""The state before a deployment, and whether the deployment may proceed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from inferencectl.deployer.inventory import Entries, Entry, Inventory, entries_of
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject, defined_kind
from inferencectl.deployer.resources import Manifest, Resources
from inferencectl.workspace.errors import BAD_INPUT, SandboxError


@dataclass(frozen=True, kw_only=True)
class Situation:
    """The stack's inventory (`entries`), the desired one (`wanted`), and the `live` state of the objects in both.

    An object that is being deleted counts as absent.
    """

    entries: Entries
    wanted: Entries
    live: Mapping[ObjectKey, Manifest]

    @property
    def obsolete(self) -> list[Entry]:
        """The objects that the stack owns and no longer has in its program."""
        return [entry for key, entry in self.entries.items() if key not in self.wanted]

    @property
    def union(self) -> dict[ObjectKey, Entry]:
        """The inventory while the deployment runs: everything it may have created or not yet deleted.

        A digest is that of a manifest known to be applied: what is new or about to change has none, or a deployment
        that fails would leave its own changes for somebody else's.
        """
        begun = {key: entry if self._has(entry) else entry.with_digest("") for key, entry in self.wanted.items()}
        return {**self.entries, **begun}

    def _has(self, entry: Entry) -> bool:
        before = self.entries.get(entry.key)
        return before is not None and before.digest == entry.digest


def survey(resources: Resources, inventory: Inventory, objects: Sequence[KubernetesObject]) -> Situation:
    """Read the state of the cluster before a deployment.

    Raises:
        SandboxError: the deployment is refused, because the cluster does not know a kind, an object belongs to another
            owner, or a protected object would be deleted.
    """
    _refuse_unknown_kinds(resources, objects)
    entries, wanted = inventory.load(), entries_of(objects)
    found = resources.live({**entries, **wanted})
    live = {key: manifest for key, manifest in found.items() if "deletionTimestamp" not in manifest["metadata"]}
    situation = Situation(entries=entries, wanted=wanted, live=live)
    refuse_protected(situation.obsolete)
    _refuse_foreign(inventory, situation)
    return situation


def refuse_protected(entries: Iterable[Entry]) -> None:
    """Raise SandboxError if an object to be deleted is protected."""
    if protected := [str(entry.key) for entry in entries if entry.protect]:
        raise SandboxError(
            f"{', '.join(protected)} would be deleted, but is protected",
            "keep it in the program; to delete it, first deploy it without the protect option",
        )


def unknown_kinds(resources: Resources, objects: Sequence[KubernetesObject]) -> list[ObjectKey]:
    """The objects whose kind neither the cluster knows nor one of them defines; the scope of the others is right.

    Raises:
        SandboxError: the namespace of an object is missing or not allowed.
    """
    defined = {defined_kind(item) for item in objects}
    unknown = []
    for item in objects:
        if resources.is_known(item.key):
            resources.require_scope(item.key)
        elif item.key.group_kind not in defined:
            unknown.append(item.key)
    return unknown


def _refuse_unknown_kinds(resources: Resources, objects: Sequence[KubernetesObject]) -> None:
    unknown = unknown_kinds(resources, objects)
    if unknown:
        kinds = ", ".join(sorted({f"{key.kind} ({key.api_version})" for key in unknown}))
        raise SandboxError(
            f"the cluster does not know {kinds}, which {unknown[0]} needs",
            "install the operator or definition that provides the kind, or correct apiVersion and kind",
            exit_code=BAD_INPUT,
        )


def _refuse_foreign(inventory: Inventory, situation: Situation) -> None:
    foreign = [key for key in situation.wanted if key in situation.live and key not in situation.entries]
    if not foreign:
        return
    owner = inventory.owner(foreign[0])
    others = f" (and {len(foreign) - 1} more)" if len(foreign) > 1 else ""
    raise SandboxError(
        f"{foreign[0]}{others} already exists and belongs to {f'the stack {owner}' if owner else 'another owner'}",
        "rename the program's object, or delete the existing one if it is not needed; what an earlier deployment "
        "released, such as a volume, is still there",
    )
