"""Volumes of the real node: made for the pod that uses them first, kept for the next one, and gone with their claim."""

from pathlib import Path
from typing import Any

import psutil
import pytest

from inferencectl.sandbox.node import addresses, local_volumes
from inferencectl.sandbox.node.node_directory import NodeDirectory
from tests.real_node import Live, Manifest
from tests.waiting import soon

CLAIM: Manifest = {
    "metadata": {
        "name": "models",
        "namespace": "team",
        "uid": "0b5bd3c2-7d6c-4f0e-9d47-2f5f0d3f8a11",
        "annotations": {"volume.kubernetes.io/selected-node": addresses.NODE},
    },
    "spec": {
        "storageClassName": local_volumes.CLASS,
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1Gi"}},
    },
}
NAME = "pvc-0b5bd3c2-7d6c-4f0e-9d47-2f5f0d3f8a11"


def changed(document: Manifest, part: str, **fields: Any) -> Manifest:
    return {**document, part: {**document[part], **fields}}


def test_only_a_claim_of_the_class_that_waits_for_this_node_gets_a_volume() -> None:
    assert local_volumes.name_for(CLAIM) == NAME
    other_node = {"volume.kubernetes.io/selected-node": "cpu-sandbox-a"}
    for claim in (
        changed(CLAIM, "metadata", annotations={}),
        changed(CLAIM, "metadata", annotations=other_node),
        changed(CLAIM, "metadata", deletionTimestamp="2026-01-01T00:00:00Z"),
        changed(CLAIM, "spec", storageClassName="sandbox"),
        changed(CLAIM, "spec", volumeMode="Block"),
        changed(CLAIM, "spec", volumeName=NAME),
    ):
        assert local_volumes.name_for(claim) is None


def test_only_a_volume_from_here_whose_claim_is_gone_is_removed() -> None:
    released = {**local_volumes.volume_for(CLAIM, NAME), "status": {"phase": "Released"}}
    assert local_volumes.is_to_go(released)
    for volume in (
        changed(released, "metadata", annotations={}),
        changed(released, "metadata", name="../../etc"),
        changed(released, "metadata", deletionTimestamp="2026-01-01T00:00:00Z"),
        changed(released, "spec", persistentVolumeReclaimPolicy="Retain"),
        changed(released, "status", phase="Bound"),
        {name: part for name, part in released.items() if name != "status"},
    ):
        assert not local_volumes.is_to_go(volume)


def claim(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": CLAIM["spec"]}


def using(live: Live, name: str, script: str) -> Manifest:
    """A pod that ends with a script that may write to the volume, in `/volume`."""
    pod = live.pod(name, script, volumeMounts=[{"name": "volume", "mountPath": "/volume"}])
    pod["spec"]["volumes"] = [{"name": "volume", "persistentVolumeClaim": {"claimName": "models"}}]
    pod["spec"]["restartPolicy"] = "Never"
    pod["spec"]["securityContext"] = {**pod["spec"]["securityContext"], "fsGroup": 10001}
    return pod


def ended(live: Live, name: str) -> str:
    soon(lambda: live.get(f"pod/{name}")["status"]["phase"] == "Succeeded", f"{name} has done its work")
    return live.run("logs", name)


@pytest.mark.real_node
def test_a_volume_is_made_for_its_first_pod_kept_for_the_next_and_gone_with_its_claim(live: Live) -> None:
    directory = NodeDirectory(sandbox=live.kubectl.kubeconfig.parent).volumes
    live.apply(claim("models"))
    assert not list(directory.iterdir())
    live.apply(using(live, "writer", "open('/volume/file', 'w').write('kept')"))
    ended(live, "writer")
    (folder,) = directory.iterdir()
    assert live.get("pvc/models")["spec"]["volumeName"] == folder.name
    assert {path.name: path.stat().st_gid for path in folder.iterdir()} == {"file": 10001}
    # Whoever provides is started again with the node, and knows what it has made.
    psutil.Process(live.plane.status().processes["node-volumes"]).kill()
    live.plane.start(lambda _: None)
    live.apply(using(live, "reader", "print(open('/volume/file').read())"))
    assert ended(live, "reader").strip() == "kept"
    live.run("delete", "pod/writer", "pod/reader", "pvc/models")
    soon(lambda: not Path(folder).exists(), "the files are removed")
    soon(lambda: folder.name not in live.kubectl.run("get", "pv", "--output=name"), "the volume is removed")
