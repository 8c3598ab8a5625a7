"""A cluster of the user's own to deploy to: another sandbox with a real node, and a stand-in for the program kind."""

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

import yaml

from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node.addresses import NODE, POD_NETWORK, SIMULATED_NODES

NAME = "second"
CONTEXT = f"kind-{NAME}"
_STAND_IN = """#!/bin/sh
# A stand-in for kind: it does for one node what `kind load image-archive` does for each (pkg/cluster/nodeutils).
echo "$*" >> {log}
[ "$1 $2 $4 $5" = "load image-archive --name {name}" ] || {{ echo "not what kind is called with: $*" >&2; exit 1; }}
exec {import_archive} < "$3"
"""
_IMPORT = ("images", "import", "--all-platforms", "--digests", "--snapshotter=overlayfs", "-")
_KINDS = (
    *("namespaces", "persistentvolumes", "priorityclasses", "clusterroles", "clusterrolebindings"),
    *("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
)


@dataclass(frozen=True, kw_only=True)
class CurrentCluster:
    """The cluster that the kubeconfig in `directory` has as current; `before` is what was in it at first."""

    directory: Path
    kubectl: Kubectl
    before: frozenset[str]

    @property
    def variables(self) -> dict[str, str]:
        """What a user's shell has: the kubeconfig, and the stand-in before everything else on the PATH."""
        path = f"{self.directory / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {"KUBECONFIG": str(self.directory / "config"), "PATH": path}

    @property
    def asked(self) -> list[str]:
        """The arguments of each call of the stand-in."""
        log = self.directory / "asked"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def objects(self) -> frozenset[str]:
        """What there is in the cluster as a whole, by kind and name."""
        return _objects(self.kubectl)


def _objects(kubectl: Kubectl) -> frozenset[str]:
    return frozenset(kubectl.run("get", ",".join(_KINDS), "--output=name").splitlines())


def made_current(plane: ControlPlane, kubectl: Kubectl, directory: Path) -> CurrentCluster:
    """The cluster of a running sandbox as kind would have made it: real nodes alone, which name their pods' network."""
    kubectl.run("delete", "nodes", f"--selector={SIMULATED_NODES}")
    networks = json.dumps({"spec": {"podCIDR": POD_NETWORK, "podCIDRs": [POD_NETWORK]}})
    kubectl.run("patch", "node", NODE, f"--patch={networks}")
    sandbox = yaml.safe_load(kubectl.kubeconfig.read_text(encoding="utf-8"))
    contexts = [{**sandbox["contexts"][0], "name": name} for name in ("kind-other", CONTEXT)]
    text = yaml.safe_dump({**sandbox, "contexts": contexts, "current-context": CONTEXT})
    (directory / "bin").mkdir(parents=True)
    (directory / "config").write_text(text, encoding="utf-8")
    assert plane.real_node
    stand_in = directory / "bin" / "kind"
    command = plane.real_node.processes.command("ctr", "--namespace=k8s.io", *_IMPORT)
    stand_in.write_text(
        _STAND_IN.format(log=directory / "asked", name=NAME, import_archive=shlex.join(command)), encoding="utf-8"
    )
    stand_in.chmod(0o755)
    return CurrentCluster(directory=directory, kubectl=kubectl, before=_objects(kubectl))
