"""The running model of the live stack, and how a test deploys it, looks at its pods, and breaks what runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from components.model_service.runtimes.triton import GRPC_PORT
from inferencectl.live_load import MODEL
from inferencectl.program.run import run_program
from inferencectl.sandbox import processes
from inferencectl.sandbox.cluster_status import Cluster
from inferencectl.sandbox.node.pod_processes import process_of_pod
from inferencectl.stack_nodes import LIVE
from inferencectl.stack_sandbox import StackSandbox
from tests.live_stack import LiveCheckout
from tests.waiting import soon

SELECTOR = f"app.kubernetes.io/name={MODEL},app.kubernetes.io/component=model-server"
SERVER = "tritonserver"
_ESTABLISHED = "01"
Pod = Mapping[str, Any]


def silent(_message: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class LiveModel:
    """The running stack `live`, and the platform's settings as the stack file had them first."""

    live: LiveCheckout
    settings: Mapping[str, Any]
    versions: Sequence[Mapping[str, object]]
    """Published versions, in the settings' keys; the stack file has the first."""

    def write(self, versions: Sequence[Mapping[str, object]] = (), **fields: object) -> None:
        """Write the stack file: the model with these versions (none: the first) and fields, in the settings' keys."""
        platform = yaml.safe_load(yaml.safe_dump(dict(self.settings)))
        (model,) = (each for each in platform["models"] if each["name"] == MODEL)
        model |= {"versions": [dict(each) for each in versions or self.versions[:1]], **fields}
        text = yaml.safe_dump({"config": {"inference:platform": platform}}, sort_keys=False)
        self.live.checkout.project.stack_file(LIVE).write_text(text, encoding="utf-8")

    def deploy(self, versions: Sequence[Mapping[str, object]] = (), **fields: object) -> None:
        """Write the stack file and deploy it, as `up` does after its checks; raises SandboxError as it does."""
        self.write(versions, **fields)
        recording = run_program(self.live.checkout.project, LIVE).recording
        sandbox, kubeconfig = sandbox_of(self.live), self.live.kubectl.kubeconfig
        cluster = Cluster(server="", kubeconfig=kubeconfig)
        with sandbox.exclusively():
            sandbox.deploy(cluster, recording, silent)
            gateway = [self.settings["gateway"]["namespace"]] if "gateway" in self.settings else []
            sandbox.connect(cluster, [str(self.settings["namespace"]), *gateway], silent)

    def pods(self) -> Sequence[Pod]:
        """The model's pods, also those that are going away."""
        return self.live.get("pods", f"--selector={SELECTOR}")["items"]

    def ready(self) -> Sequence[Pod]:
        """Those of them that get requests."""
        return [pod for pod in self.pods() if _is_ready(pod) and "deletionTimestamp" not in pod["metadata"]]

    def settle(self, pods: int = 2) -> None:
        """Wait until so many pods are ready and none is going away."""
        soon(lambda: len(self.ready()) == len(self.pods()) == pods, f"{pods} pods are ready and no others are there")

    def has_failed(self, number: int) -> bool:
        """Whether an init container of a version has failed."""
        pods = [pod for pod in self.pods() if pod["metadata"]["labels"]["app.kubernetes.io/version"] == str(number)]
        states = [
            each["state"] | each["lastState"] for pod in pods for each in pod["status"].get("initContainerStatuses", ())
        ]
        return any(state.get("terminated", {}).get("exitCode") for state in states)

    def kubectl(self, *arguments: str) -> str:
        return self.live.kubectl.run(*arguments)

    def in_namespace(self, *arguments: str) -> str:
        return self.live.kubectl.run(f"--namespace={self.settings['namespace']}", *arguments)

    def server_of(self, pod: Pod) -> psutil.Process:
        """The process of a pod's server, as this machine sees it."""
        return process_of_pod(pod["metadata"]["uid"], SERVER)

    def grpc_connections(self, pod: Pod) -> int:
        """How many clients are connected to a pod's gRPC port, as its kernel counts them."""
        # Servers listen on both versions of IP, and their connections are in the table of the newer one.
        net = Path(f"/proc/{self.server_of(pod).pid}/net")
        rows = [row.split() for table in ("tcp", "tcp6") for row in (net / table).read_text().splitlines()[1:]]
        local = [(row[1].rpartition(":")[2], row[3]) for row in rows]
        return local.count((f"{GRPC_PORT:04X}", _ESTABLISHED))

    def component(self, name: str) -> psutil.Process:
        """A process of the sandbox on this machine."""
        running = processes.running(self.live.checkout.project.cluster_directory(LIVE))
        return next(each.process for each in running if each.name == name)


def _is_ready(pod: Pod) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def sandbox_of(live: LiveCheckout) -> StackSandbox:
    return StackSandbox(project=live.checkout.project, stack=LIVE)
