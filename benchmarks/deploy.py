"""Is the deployer slower than `kubectl apply --server-side` of the same files?

Both deploy 1,000 objects alternately to fresh namespaces of one control plane; each goes first in every other round.
The best times are compared, because other work on the machine can only make a run slower.
kubectl handles no dependencies, inventory or rollouts, so the deployer's time includes work that kubectl does not do.
"""

import json
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient

from benchmarks.figure import Figure
from inferencectl.deployer import Deployer, KubernetesObject
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.toolchain import toolchain

OBJECTS = 1000
ROUNDS = 5
LIMIT = 1.0


def manifests(namespace: str, count: int) -> list[dict[str, Any]]:
    """`count` manifests of the most common kinds in a stack, none of which needs to be waited for."""
    return [_KINDS[number % len(_KINDS)](namespace, f"object-{number}") for number in range(count)]


class Kubectl:
    """The kubectl of the toolchain, connected to one cluster."""

    def __init__(self, program: Path, kubeconfig: Path) -> None:
        self._command = [str(program), f"--kubeconfig={kubeconfig}"]

    def __call__(self, *arguments: str) -> float:
        """Run kubectl and return the time it took in seconds."""
        started = time.monotonic()
        subprocess.run([*self._command, *arguments], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - started


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Deploy with both programs and compare the times."""
    with TemporaryDirectory() as directory:
        tools = toolchain.ensure(progress)
        with (
            ControlPlane(Path(directory, "control-plane"), tools).disposable(progress) as cluster,
            config.new_client_from_config(str(cluster.kubeconfig)) as api,
        ):
            yield _compare(api, Kubectl(tools.kubectl, cluster.kubeconfig), Path(directory), progress)


def _compare(api: ApiClient, kubectl: Kubectl, directory: Path, progress: Callable[[str], None]) -> Figure:
    programs: dict[str, Callable[[str], float]] = {
        "deployer": lambda namespace: _with_deployer(api, namespace),
        "kubectl": lambda namespace: _with_kubectl(kubectl, namespace, directory),
    }
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(ROUNDS):
        progress(f"deploying {OBJECTS:,} objects with the deployer and with kubectl, round {number + 1} of {ROUNDS}")
        for name in sorted(programs, reverse=number % 2 == 0):
            with _fresh_namespace(kubectl) as namespace:
                seconds[name].append(programs[name](namespace))
    return Figure(
        name=f"deploying {OBJECTS:,} objects, compared to kubectl apply --server-side",
        value=min(seconds["deployer"]) / min(seconds["kubectl"]),
        bound=LIMIT,
        unit="x",
        detail=f"{min(seconds['deployer']):.2f} s compared to {min(seconds['kubectl']):.2f} s, best of {ROUNDS} each",
    )


@contextmanager
def _fresh_namespace(kubectl: Kubectl) -> Iterator[str]:
    """A namespace that is deleted completely before the next run, so as not to slow it down."""
    namespace = f"bench-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", namespace)
    try:
        yield namespace
    finally:
        kubectl("delete", "namespace", namespace)


def _with_kubectl(kubectl: Kubectl, namespace: str, directory: Path) -> float:
    with TemporaryDirectory(dir=directory) as files:
        for manifest in manifests(namespace, OBJECTS):
            Path(files, f"{manifest['metadata']['name']}.json").write_text(json.dumps(manifest))
        return kubectl("apply", "--server-side", "-f", files)


def _with_deployer(api: ApiClient, namespace: str) -> float:
    objects = [
        KubernetesObject(urn=f"{manifest['kind']}/{manifest['metadata']['name']}", manifest=manifest)
        for manifest in manifests(namespace, OBJECTS)
    ]
    return Deployer(api, namespace).deploy(objects, lambda _: None).seconds


def _config_map(namespace: str, name: str) -> dict[str, Any]:
    data = {"models.config": "model_config_list { }\n" * 20}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def _service_account(namespace: str, name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
        "automountServiceAccountToken": False,
    }


def _service(namespace: str, name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    spec = {"clusterIP": "None", "selector": {"app": name}, "ports": [{"name": "http", "port": 8501}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _network_policy(namespace: str, name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    spec = {"podSelector": {"matchLabels": {"app": name}}, "policyTypes": ["Ingress", "Egress"]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


_KINDS: tuple[Callable[[str, str], dict[str, Any]], ...] = (_config_map, _service_account, _service, _network_policy)
