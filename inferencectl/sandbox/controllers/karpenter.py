"""Karpenter with its kwok provider, which creates simulated nodes of the given instance types."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers.account import write_kubeconfig
from inferencectl.sandbox.controllers.instance_type import InstanceType
from inferencectl.sandbox.controllers.process import Controller, stop
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.toolchain import KARPENTER
from inferencectl.workspace.files import write_atomically

NAME = "karpenter"
NAMESPACE = "kube-system"
NODE_CLASS: Mapping[str, str] = {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"}
"""The node class that a NodePool refers to; unlike a cloud provider's, it has no settings."""


class Karpenter:
    """Karpenter on a running cluster, with one node class; kwok keeps the nodes that it creates alive.

    Its instance types and its kubeconfig are below the sandbox's directory, in `controllers/karpenter`.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._kubeconfig = cluster.kubeconfig
        self._sandbox = cluster.kubeconfig.parent
        self._directory = self._sandbox / "controllers" / "karpenter"

    def start(self, instance_types: Sequence[InstanceType], progress: Callable[[str], None]) -> None:
        """Restarts Karpenter, building it first if it is not cached (about two minutes on two cores).

        Raises SandboxError if it cannot be built, exits, or does not become ready.
        """
        program = toolchain.ensure_tool(KARPENTER, progress) / "kwok"
        progress("starting Karpenter")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        types_file, account = self._directory / "instance-types.json", self._directory / "kubeconfig"
        write_atomically(types_file, json.dumps([each.as_json() for each in instance_types]))
        with config.new_client_from_config(str(self._kubeconfig)) as api:
            resources = Resources(api)
            for manifest in (*_definitions(), *_account()):
                resources.apply(manifest)
            for kind in ("NodePool", "NodeClaim"):
                resources.await_served(_kind("karpenter.sh", "v1", kind))
            resources.await_served(_kind("karpenter.kwok.sh", "v1alpha1", "KWOKNodeClass"))
            resources.apply(_node_class())
            write_kubeconfig(api, NAMESPACE, NAME, account)
        self._controller(program, types_file, account).start()

    def stop(self) -> None:
        """Stops Karpenter; the nodes that it has created stay."""
        stop(NAME, self._sandbox)

    def _controller(self, program: Path, types_file: Path, account: Path) -> Controller:
        def command(ports: Sequence[int]) -> Sequence[str]:
            metrics, health = ports
            return (
                str(program),
                f"--metrics-port={metrics}",
                f"--health-probe-port={health}",
                f"--instance-types-file-path={types_file}",
                "--disable-leader-election=true",
                # Off by default; without it Karpenter would not know the devices of shared cards.
                "--feature-gates=NodeOverlay=true",
                # By default, a pod that prefers to be spread gets a node of its own even if another node has a free
                # device: each quarter of a card would cost a whole one.
                "--preference-policy=Ignore",
            )

        return Controller(
            name=NAME,
            directory=self._sandbox,
            port_count=2,
            command=command,
            unready=lambda ports: http_unready(f"http://{LOOPBACK}:{ports[1]}/readyz"),
            variables={"KUBECONFIG": str(account), "SYSTEM_NAMESPACE": NAMESPACE},
        )


def _kind(group: str, version: str, kind: str) -> ObjectKey:
    return ObjectKey(group=group, version=version, kind=kind, namespace="", name="")


def _node_class() -> Mapping[str, Any]:
    metadata = {"name": NODE_CLASS["name"]}
    return {"apiVersion": f"{NODE_CLASS['group']}/v1alpha1", "kind": NODE_CLASS["kind"], "metadata": metadata}


def _definitions() -> Iterator[Mapping[str, Any]]:
    for file in KARPENTER.cached_files(toolchain.cache_directory()):
        yield yaml.safe_load(file.read_text())


def _account() -> Iterator[Mapping[str, Any]]:
    """A service account with all rights: Karpenter's own rules are templates in its Helm chart."""
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": NAMESPACE}}
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": NAME},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}],
    }
