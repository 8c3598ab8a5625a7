"""The list of the objects that belong to a stack, stored in the cluster itself."""

import binascii
import gzip
import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject, waves
from inferencectl.deployer.resources import Resources
from inferencectl.workspace.errors import SandboxError

NAMESPACE = "inference-inventory"
_FIELD = "objects.json.gz"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One object of a stack. Objects of a higher `wave` depend on those of lower ones, so they are deleted first.

    `retain` is whether the object stays in the cluster when it leaves the stack. `digest` is that of the manifest in
    the last successful deployment, "" where there was none or a later one did not finish.
    """

    key: ObjectKey
    urn: str
    wave: int
    protect: bool
    digest: str = ""
    retain: bool = False

    def with_digest(self, digest: str) -> Self:
        """The same entry with another digest."""
        return replace(self, digest=digest)


Entries = Mapping[ObjectKey, Entry]


class Inventory:
    """The inventory of one stack: a Secret, since digests of manifests must not be readable by everyone.

    It takes about 20 bytes per object: 10,000 objects fit into a fifth of a Secret's maximum size.
    """

    def __init__(self, resources: Resources, stack: str) -> None:
        self._resources = resources
        self._stack = stack
        self._key = _secret_key(stack)

    def load(self) -> dict[ObjectKey, Entry]:
        """Read the inventory; it is empty for a stack that was never deployed.

        Raises:
            SandboxError: the inventory is corrupt.
        """
        secret = self._resources.get(self._key)
        return _decode(secret, self._key) if secret else {}

    def save(self, entries: Entries) -> None:
        """Write the inventory, and create its namespace if that is missing."""
        self._resources.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        self._resources.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "type": "inference/inventory",
                "metadata": {"name": self._key.name, "namespace": NAMESPACE, "annotations": {"stack": self._stack}},
                "data": {_FIELD: _encode(entries.values())},
            }
        )

    def delete(self) -> None:
        """Delete the inventory."""
        self._resources.delete(self._key, "Background")

    def owner(self, key: ObjectKey) -> str | None:
        """The stack whose inventory has the object `key`, or None."""
        for secret in self._resources.all_like(self._key):
            if _FIELD in secret.get("data", {}) and key in _decode(secret, ObjectKey.of(secret)):
                return secret["metadata"]["annotations"]["stack"]
        return None


def entries_of(objects: Iterable[KubernetesObject]) -> dict[ObjectKey, Entry]:
    """The inventory after a finished deployment of `objects`."""
    objects = list(objects)
    depths = waves(objects)
    return {
        item.key: Entry(
            key=item.key,
            urn=item.urn,
            wave=depths[item.urn],
            protect=item.protect,
            digest=digest(item.manifest),
            retain=item.retain,
        )
        for item in objects
    }


def digest(manifest: Mapping[str, Any]) -> str:
    """A digest of 16 hexadecimal digits, enough to detect that a manifest changed."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]


def _secret_key(stack: str) -> ObjectKey:
    name = re.sub(r"[^a-z0-9-]+", "-", stack.lower()).strip("-")
    if name != stack:
        name = f"{name}-{hashlib.sha256(stack.encode()).hexdigest()[:8]}"
    return ObjectKey(group="", version="v1", kind="Secret", namespace=NAMESPACE, name=name)


def _encode(entries: Iterable[Entry]) -> str:
    objects = [asdict(entry) for entry in sorted(entries, key=lambda entry: entry.key)]
    text = json.dumps(objects, separators=(",", ":"))
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _decode(secret: Mapping[str, Any], key: ObjectKey) -> dict[ObjectKey, Entry]:
    try:
        objects = json.loads(gzip.decompress(b64decode(secret["data"][_FIELD])))
        entries = [Entry(**{**item, "key": ObjectKey(**item["key"])}) for item in objects]
    except (KeyError, TypeError, ValueError, EOFError, OSError, binascii.Error) as error:
        raise SandboxError(
            f"{key}: the inventory of the stack is corrupt: {error!r}",
            "restore it from a backup of the cluster; nothing else records which objects belong to the stack",
        ) from None
    return {entry.key: entry for entry in entries}
