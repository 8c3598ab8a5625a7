"""The objects that the node needs in the cluster, and what the cluster says of the node and its pods."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node import addresses
from inferencectl.workspace.errors import SandboxError

OBJECTS = Path(__file__).parent / "objects" / "system.yaml"
READY_SECONDS = 120
POLL_SECONDS = 0.2
LOG_TAIL_LINES = 15


@dataclass(frozen=True, kw_only=True)
class NodeObjects:
    """The node as the API server shows it to `kubectl`."""

    kubectl: Kubectl

    def apply(self, coredns: LocalImage) -> None:
        """Applies the objects of `OBJECTS`, with `coredns` as the image of the name server; raises SandboxError."""
        objects = list(yaml.safe_load_all(OBJECTS.read_text(encoding="utf-8")))
        for each in objects:
            if each["kind"] == "Deployment":
                (container,) = each["spec"]["template"]["spec"]["containers"]
                container["image"] = coredns.pinned
        self.kubectl.apply(yaml.safe_dump_all(objects))

    def is_node_ready(self, since: datetime | None = None) -> bool:
        """Whether the node takes pods; only what it has said `since` then counts, in whole seconds."""
        try:
            node = json.loads(self.kubectl.run("get", f"node/{addresses.NODE}", "--output=json"))
        except SandboxError:
            return False
        conditions = [each for each in node["status"].get("conditions", []) if each["type"] == "Ready"]
        return any(
            each["status"] == "True" and (since is None or not _is_before(each["lastHeartbeatTime"], since))
            for each in conditions
        )

    def wait_until_ready(self, since: datetime) -> None:
        """Waits until the node, started at `since`, takes pods, and what the cluster says of its pods is of this node.

        What was said of the node before would else be taken for true for a while, although nothing runs any more.
        Raises SandboxError after two minutes.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_node_ready(since) or self._pods_before(since):
            if time.monotonic() > deadline:
                log = self.kubectl.kubeconfig.parent / "logs" / "kubelet.log"
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
                raise SandboxError(
                    f"the real node is not ready after {READY_SECONDS} s; the kubelet says:\n{tail}",
                    f"the whole log is {log}",
                )
            time.sleep(POLL_SECONDS)
        self.kubectl.await_rollout("coredns", "kube-system", READY_SECONDS)

    def _pods_before(self, since: datetime) -> list[str]:
        """Pods of the node with a container that runs since before."""
        selector = f"--field-selector=spec.nodeName={addresses.NODE}"
        pods = json.loads(self.kubectl.run("get", "pods", "--all-namespaces", selector, "--output=json"))["items"]
        return [pod["metadata"]["name"] for pod in pods if any(_is_before(each, since) for each in _starts(pod))]


def _starts(pod: Mapping[str, Any]) -> list[str]:
    statuses = pod["status"].get("containerStatuses", [])
    return [each["state"]["running"]["startedAt"] for each in statuses if "running" in each["state"]]


def _is_before(moment: str, since: datetime) -> bool:
    return datetime.fromisoformat(moment) < since.replace(microsecond=0)
