"""The initial contents of every sandbox: nodes, a storage class, resource definitions."""

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node.addresses import SIMULATED_NODES, SIMULATED_TAINT
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import SandboxError

OBJECTS = tuple(sorted((Path(__file__).parent / "cluster" / "objects").glob("*.yaml")))
ZONES = ("sandbox-a", "sandbox-b", "sandbox-c")
WAIT_SECONDS = 60
# Definitions are established at once, unless the API server has found them as an interrupted start left them.
_ESTABLISHED_SECONDS = 5
_UNESTABLISHED = re.compile(r"on customresourcedefinitions/(\S+)")
_POLL_SECONDS = 0.2
_NO_CONDITIONS = "conditions accessor error"


@dataclass(frozen=True, kw_only=True)
class ClusterContents:
    """The objects that every sandbox starts with, and the `kubectl` that applies them.

    `beside_real_node` keeps pods that say nothing of nodes away from the simulated ones.
    """

    toolchain: Toolchain
    kubectl: Kubectl
    beside_real_node: bool = False

    @property
    def files(self) -> tuple[Path, ...]:
        """The YAML files among the contents; the nodes are generated."""
        return (*OBJECTS, *self.toolchain.crd_files)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the contents do."""
        parts = [file.read_bytes() for file in self.files] + [self._nodes_yaml.encode()]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def apply(self) -> None:
        """Applies everything by server-side apply and waits until it serves; raises SandboxError."""
        files = [argument for file in self.files for argument in ("-f", str(file))]
        self.kubectl.apply(self._nodes_yaml, *files)
        # On a new cluster each proves that one more component works: API server, kwok, controller manager.
        self._wait_for_definitions()
        self._wait("condition=Ready", "nodes", f"--selector={SIMULATED_NODES}")
        self._wait("create", "serviceaccount/default", "--namespace=default")

    @property
    def _nodes_yaml(self) -> str:
        taint = {"key": SIMULATED_TAINT, "value": "true", "effect": "NoSchedule"}
        # GPU nodes have a taint of their own, which only pods that want a GPU tolerate.
        taints = [taint] if self.beside_real_node else []
        nodes = [node for zone in ZONES for node in (_cpu_node(zone, taints), _gpu_node(zone))]
        return yaml.safe_dump_all(nodes, sort_keys=True)

    def _wait_for_definitions(self) -> None:
        """Wait until the API server serves the definitions.

        It establishes a definition when it sees a change of it. One that was not established when the API server was
        stopped is never looked at again after its start, unless it is changed.
        """
        try:
            self._wait("condition=Established", "crd", "--all", seconds=_ESTABLISHED_SECONDS)
        except SandboxError as error:
            unestablished = _UNESTABLISHED.findall(error.message)
            if not unestablished:
                raise
            change = f"inference/looked-at-again={time.time_ns()}"
            self.kubectl.run("annotate", "--overwrite", "crd", *unestablished, change)
            self._wait("condition=Established", "crd", "--all")

    def _wait(self, condition: str, *what: str, seconds: int = WAIT_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.kubectl.run("wait", f"--for={condition}", f"--timeout={seconds}s", *what)
            except SandboxError as error:
                # kubectl gives up on an object whose controller has not written a condition yet.
                if _NO_CONDITIONS not in error.message or time.monotonic() > deadline:
                    raise
                time.sleep(_POLL_SECONDS)
            else:
                return


def _cpu_node(zone: str, taints: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    return _node(f"cpu-{zone}", zone, {"cpu": "16", "memory": "64Gi"}, labels={}, taints=taints)


def _gpu_node(zone: str) -> Mapping[str, Any]:
    return _node(
        f"gpu-{zone}",
        zone,
        {"cpu": "16", "memory": "128Gi", "nvidia.com/gpu": "8"},
        labels={"nvidia.com/gpu.present": "true"},
        taints=[{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
    )


def _node(
    name: str, zone: str, resources: Mapping[str, str], labels: Mapping[str, str], taints: Sequence[Mapping[str, str]]
) -> Mapping[str, Any]:
    capacity = {**resources, "ephemeral-storage": "500Gi", "pods": "110"}
    standard_labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": zone,
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**standard_labels, **labels}},
        "spec": {"taints": [*taints]} if taints else {},
        "status": {"allocatable": capacity, "capacity": capacity},
    }
