"""The live stack's Triton while it is measured: one pod of the digits model, and k6 in a pod beside it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config

import settings
from benchmarks.copied_checkout import CopiedCheckout, copied_checkout
from components.metadata import MODEL_SERVER
from inferencectl.live_load import IMAGE, MODEL, live_load, live_place
from inferencectl.live_stack import NAMESPACE
from inferencectl.load.load import Load
from inferencectl.load.manifests import LoadPlace
from inferencectl.load.pod import load_in_cluster
from inferencectl.load.report import Report
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node.pod_processes import process_of_pod
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.stack_nodes import LIVE
from inferencectl.stack_sandbox import StackSandbox

SERVER = "tritonserver"
WARM_UP_SECONDS = 3
_MARGIN_SECONDS = 60
SELECTOR = f"app.kubernetes.io/name={MODEL},app.kubernetes.io/component={MODEL_SERVER}"
_POLL_SECONDS = 0.2
Progress = Callable[[str], None]
Pod = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class LiveServer:
    """The running stack `live` of ``checkout``, whose other models are away; ``load`` goes to the digits model."""

    checkout: CopiedCheckout
    api: ApiClient
    kubectl: Kubectl
    load: Load
    place: LoadPlace

    @property
    def sandbox(self) -> StackSandbox:
        """The sandbox of the stack."""
        return StackSandbox(project=self.checkout.project, stack=LIVE)

    @property
    def first_process(self) -> int:
        """The number of the node's first process."""
        return self.sandbox.require_real_node(_silent).processes.first.pid

    def scale(self, deployment: str, replicas: int) -> None:
        """Ask for so many pods of a Deployment."""
        self.in_namespace("scale", f"deployment/{deployment}", f"--replicas={replicas}")

    def in_namespace(self, *arguments: str) -> str:
        """What kubectl prints in the stack's namespace."""
        return self.kubectl.run(f"--namespace={NAMESPACE}", *arguments)

    def pods(self) -> list[Pod]:
        """The digits model's pods, also those that are going away."""
        return json.loads(self.in_namespace("get", "pods", f"--selector={SELECTOR}", "--output=json"))["items"]

    def settled(self, replicas: int) -> list[Pod]:
        """Wait until so many pods are ready, and no others are there."""
        while True:
            pods = self.pods()
            if len(pods) == replicas and all(_is_ready(pod) for pod in pods):
                return pods
            time.sleep(_POLL_SECONDS)

    def server(self) -> psutil.Process:
        """The server of the only pod, as this machine sees it."""
        (pod,) = self.settled(1)
        return process_of_pod(pod["metadata"]["uid"], SERVER)

    def measured(self, loads: Mapping[str, Load], seconds: int) -> Mapping[str, Report]:
        """Run loads at the same time, each in a pod of its name, and report the ``seconds`` after their first ones."""
        length = WARM_UP_SECONDS + seconds + _MARGIN_SECONDS
        with ExitStack() as context:
            running = {
                name: context.enter_context(
                    load_in_cluster(
                        self.api, replace(load, seconds=length), replace(self.place, name=f"load-{name}"), _silent
                    )
                )
                for name, load in loads.items()
            }
            begin = max(each.begin() for each in running.values()) + WARM_UP_SECONDS
            time.sleep(max(0.0, begin + seconds - time.time()))
            return {name: each.report(begin, begin + seconds) for name, each in running.items()}


@contextmanager
def live_server(progress: Progress) -> Iterator[LiveServer]:
    """The live stack of a copy of the checkout, with one pod of the digits model and none of the others."""
    with copied_checkout(LIVE) as checkout:
        progress("deploying the live stack")
        checkout.up()
        image = ensure_images([IMAGE], progress)[IMAGE]
        sandbox = StackSandbox(project=checkout.project, stack=LIVE)
        sandbox.require_real_node(progress).import_images([image], progress)
        kubeconfig = checkout.project.cluster_directory(LIVE) / "kubeconfig"
        platform = settings.load(LIVE, settings.read_stack_file(checkout.project.stack_file(LIVE)))
        with new_client_from_config(str(kubeconfig), context="sandbox") as api:
            made = LiveServer(
                checkout=checkout,
                api=api,
                kubectl=Kubectl(executable=toolchain.ensure(progress).kubectl, kubeconfig=kubeconfig),
                load=live_load(platform, rate=1, seconds=1),
                place=live_place(image),
            )
            for model in platform.models:
                for version in model.versions:
                    made.scale(f"{model.name}-v{version.version}", 1 if model.name == MODEL else 0)
            made.settled(1)
            yield made


def log_of(checkout: CopiedCheckout, name: str) -> Path:
    """Where a process of the benchmark writes what it says."""
    return checkout.root / f"{name}.log"


def _is_ready(pod: Pod) -> bool:
    conditions = pod["status"].get("conditions", ())
    is_leaving = "deletionTimestamp" in pod["metadata"]
    return not is_leaving and any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _silent(_message: str) -> None:
    pass
