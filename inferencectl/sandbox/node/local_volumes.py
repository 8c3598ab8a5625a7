"""`python -m … PROCESS KUBECONFIG DIRECTORY`: gives claims of the class `local` a folder of DIRECTORY each.

A stand-in for the provisioner of a storage system: it does what Kubernetes asks of one (the volume is made when a pod
on the node wants it, and goes with its claim) and stores on the machine's own disk, without a limit of its own.

It ends with PROCESS, the first process of the node, which sees DIRECTORY as `/var/lib/volumes`.
"""

import os
import re
import select
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kubernetes import client, config, watch
from urllib3.exceptions import HTTPError

from inferencectl.sandbox.node.addresses import NODE, NODE_LABEL
from inferencectl.sandbox.node.mounts import VOLUMES

CLASS = "local"
PROVISIONER = "inference.sandbox/local-volumes"
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_NAME = re.compile(r"pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Its group becomes that of the pod that uses it.
_MODE = 0o770
_RETRY_SECONDS = 1.0
_WATCH_SECONDS = 300
_CONNECT_SECONDS = 5
_FAILURES = (client.ApiException, HTTPError, OSError)
Manifest = Mapping[str, Any]


def name_for(claim: Manifest) -> str | None:
    """The name of the volume that a claim still needs from here; None if it has one, or is not for this node."""
    metadata, spec = claim["metadata"], claim["spec"]
    is_ours = spec.get("storageClassName") == CLASS and spec.get("volumeMode", "Filesystem") == "Filesystem"
    is_chosen = (metadata.get("annotations") or {}).get(_SELECTED_NODE) == NODE
    if spec.get("volumeName") or metadata.get("deletionTimestamp") or not (is_ours and is_chosen):
        return None
    return f"pvc-{metadata['uid']}"


def volume_for(claim: Manifest, name: str) -> Manifest:
    """The volume `name`, bound to a claim and usable on the real node alone."""
    metadata, spec = claim["metadata"], claim["spec"]
    term = {"matchExpressions": [{"key": NODE_LABEL, "operator": "In", "values": [NODE]}]}
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {_PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": CLASS,
            "claimRef": {**reference, **{key: metadata[key] for key in ("namespace", "name", "uid")}},
            "local": {"path": f"{VOLUMES}/{name}"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        },
    }


def is_to_go(volume: Manifest) -> bool:
    """Whether a volume was made here and its claim is gone, unless somebody wants to keep its files."""
    metadata, spec = volume["metadata"], volume["spec"]
    is_ours = (metadata.get("annotations") or {}).get(_PROVISIONED_BY) == PROVISIONER
    is_released = volume.get("status", {}).get("phase") == "Released"
    return (
        is_ours
        and is_released
        and spec["persistentVolumeReclaimPolicy"] == "Delete"
        and _NAME.fullmatch(metadata["name"]) is not None
        and not metadata.get("deletionTimestamp")
    )


def reconcile(core: client.CoreV1Api, directory: Path) -> None:
    """Makes the volumes that claims wait for, and removes those that are to go; may be cut off anywhere."""
    for claim in _all(core, core.list_persistent_volume_claim_for_all_namespaces):
        if name := name_for(claim):
            path = directory / name
            path.mkdir(exist_ok=True)
            # Whatever this process was started with.
            path.chmod(_MODE)
            _unless(409, lambda claim=claim, name=name: core.create_persistent_volume(volume_for(claim, name)))
    for volume in _all(core, core.list_persistent_volume):
        if is_to_go(volume):
            name = volume["metadata"]["name"]
            if (directory / name).exists():
                shutil.rmtree(directory / name)
            _unless(404, lambda name=name: core.delete_persistent_volume(name))


def _all(core: client.CoreV1Api, listing: Callable[..., Any]) -> list[Manifest]:
    found = listing(_request_timeout=(_CONNECT_SECONDS, _WATCH_SECONDS))
    return core.api_client.sanitize_for_serialization(found)["items"]


def _unless(status: int, call: Callable[[], object]) -> None:
    """Calls, and takes this status for success: it was done before."""
    try:
        call()
    except client.ApiException as error:
        if error.status != status:
            raise


def _note_changes(listing: Callable[..., Any], changed: threading.Event) -> None:
    limits = {"timeout_seconds": _WATCH_SECONDS, "_request_timeout": (_CONNECT_SECONDS, 2 * _WATCH_SECONDS)}
    while True:
        try:
            for _ in watch.Watch().stream(listing, **limits):
                changed.set()
        except _FAILURES:
            time.sleep(_RETRY_SECONDS)


def _end_with(process: int) -> None:
    select.select([os.pidfd_open(process)], [], [])
    os._exit(0)


def main(process: int, kubeconfig: Path, directory: Path) -> None:
    """Provides until `process` ends."""
    threading.Thread(target=_end_with, args=(process,), daemon=True).start()
    core = client.CoreV1Api(config.new_client_from_config(str(kubeconfig)))
    changed = threading.Event()
    for listing in (core.list_persistent_volume_claim_for_all_namespaces, core.list_persistent_volume):
        threading.Thread(target=_note_changes, args=(listing, changed), daemon=True).start()
    while True:
        changed.wait()
        changed.clear()
        try:
            reconcile(core, directory)
        except _FAILURES as error:
            print(f"it is tried again: {error}", flush=True)  # noqa: T201
            time.sleep(_RETRY_SECONDS)
            changed.set()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
