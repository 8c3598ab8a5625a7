"""Claims of a storage class that the cluster does not have would wait for ever, and so would the pods that use them."""

from collections.abc import Iterable, Sequence

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.resources import Manifest, Resources
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_CLAIM = "PersistentVolumeClaim"
_CLASS = ObjectKey(group="storage.k8s.io", version="v1", kind="StorageClass", namespace="", name="")
_IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def refuse_unknown_storage_classes(resources: Resources, objects: Iterable[KubernetesObject]) -> None:
    """Refuse new claims that nothing would provide for; claims that exist already have their volumes.

    Raises:
        SandboxError: with the claim, the class that it names, and those that there are; nothing has been changed.
    """
    objects = list(objects)
    claims = [item for item in objects if item.key.group_kind == _CLAIM]
    live = resources.live(claim.key for claim in claims) if claims else {}
    new = [claim for claim in claims if claim.key not in live]
    if not new:
        return
    existing = [*resources.all_like(_CLASS)]
    made = {item.key.name for item in objects if item.key.group_kind == _CLASS.group_kind}
    known = made | {each["metadata"]["name"] for each in existing}
    lines = [line for claim in new if (line := _missing(claim, known, _default(existing)))]
    if lines:
        raise SandboxError(
            "\n".join(lines),
            f"set volume.storageClass of the model, or volumes.storageClass for all models, to one of the classes "
            f"of the cluster ({', '.join(sorted(known)) or 'it has none'}); nothing was changed",
            exit_code=BAD_INPUT,
        )


def _missing(claim: KubernetesObject, known: set[str], default: str) -> str:
    """Why a claim would never get a volume; empty where it will."""
    named = claim.manifest["spec"].get("storageClassName")
    if named is None:
        return "" if default else f"{claim.key}: it names no storage class, and the cluster has no default"
    # Without a class, a claim asks for a volume that somebody has made by hand.
    return "" if named in {"", *known} else f"{claim.key}: the cluster has no storage class {named}"


def _default(classes: Sequence[Manifest]) -> str:
    marked = (each["metadata"] for each in classes)
    return next((each["name"] for each in marked if (each.get("annotations") or {}).get(_IS_DEFAULT) == "true"), "")
