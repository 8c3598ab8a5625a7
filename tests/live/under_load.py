"""The live stack's model while it is asked all the time: what a test changes, what it breaks, and what was lost."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import yaml
from kubernetes import config

import settings
from components.model_service.runtimes.triton import GRPC_PORT
from inferencectl.live_load import IMAGE, MODEL, live_load, live_place
from inferencectl.load.load import Load
from inferencectl.load.pod import load_in_cluster
from inferencectl.load.report import Report
from inferencectl.load.running import RunningLoad
from inferencectl.load.sentences import sentences
from inferencectl.program.run import run_program
from inferencectl.sandbox import processes
from inferencectl.sandbox.cluster_status import Cluster
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.node.pod_processes import process_of_pod
from inferencectl.stack_nodes import LIVE
from inferencectl.stack_sandbox import StackSandbox
from tests.live_stack import LiveCheckout
from tests.waiting import soon

SELECTOR = f"app.kubernetes.io/name={MODEL},app.kubernetes.io/component=model-server"
SERVER = "tritonserver"
MOST_SECONDS = 1500
_ESTABLISHED = "01"
Pod = Mapping[str, Any]


def silent(_message: str) -> None:
    pass


@dataclass(kw_only=True)
class Window:
    """A stretch of the load: from when a change began, and what became of its requests once it has ended."""

    begin: float
    made: Report | None = None

    @property
    def report(self) -> Report:
        assert self.made, "the window has not ended"
        return self.made


@dataclass(frozen=True, kw_only=True)
class UnderLoad:
    """The running stack `live`, the load on its model, and the platform's settings as the stack file had them first."""

    live: LiveCheckout
    load: RunningLoad
    settings: Mapping[str, Any]
    versions: Sequence[Mapping[str, object]]
    """Two published versions, in the settings' keys; the stack file has the first."""

    @contextmanager
    def counted(self) -> Iterator[Window]:
        """The requests that start in the context; its report is there when the context has ended."""
        window = Window(begin=time.time())
        yield window
        window.made = self.load.report(window.begin)

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
            sandbox.connect(cluster, str(self.settings["namespace"]), silent)

    def pods(self) -> Sequence[Pod]:
        """The model's pods, also those that are going away."""
        return self.live.get("pods", f"--selector={SELECTOR}")["items"]

    def ready(self) -> Sequence[Pod]:
        """Those of them that get requests."""
        return [pod for pod in self.pods() if _is_ready(pod) and "deletionTimestamp" not in pod["metadata"]]

    def settle(self, pods: int = 2) -> None:
        """Wait until so many pods are ready and none is going away."""
        soon(lambda: len(self.ready()) == len(self.pods()) == pods, f"{pods} pods are ready and no others are there")

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


@contextmanager
def asked(live: LiveCheckout, rate: int, *more: Mapping[str, object]) -> Iterator[UnderLoad]:
    """The model of the stack as it is, asked `rate` times a second and protocol, and deployed as it was at the end.

    `more` are published versions beside that of the stack file.
    """
    file = live.checkout.project.stack_file(LIVE)
    text = file.read_text(encoding="utf-8")
    platform = yaml.safe_load(text)["config"]["inference:platform"]
    versions = (*platform["models"][0]["versions"], *more)
    try:
        with requests(live, whole_load(live, rate)) as running:
            made = UnderLoad(live=live, load=running, settings=platform, versions=versions)
            yield made
            made.deploy()
    finally:
        file.write_text(text, encoding="utf-8")
    whole = running.whole_report()
    assert sum(each.dropped + each.unreported for each in whole.protocols.values()) == 0


def whole_load(live: LiveCheckout, rate: int) -> Load:
    """Requests over both protocols, for as long as a test needs them."""
    file = live.checkout.project.stack_file(LIVE)
    return live_load(settings.load(LIVE, settings.read_stack_file(file)), rate, MOST_SECONDS)


@contextmanager
def requests(live: LiveCheckout, load: Load, name: str = "load") -> Iterator[RunningLoad]:
    """A load, running and answered, from a pod whose objects have this name."""
    image = ensure_images([IMAGE], silent)[IMAGE]
    sandbox_of(live).require_real_node(silent).import_images([image], silent)
    place = replace(live_place(image), name=name)
    with (
        config.new_client_from_config(str(live.kubectl.kubeconfig)) as api,
        load_in_cluster(api, load, place, silent) as running,
    ):
        running.begin()
        # Reports are of whole seconds, and the first requests may come before the node knows that their pod may ask.
        time.sleep(1)
        yield running


def assert_nothing_lost(*windows: Window) -> None:
    for window in windows:
        assert window.report.lost == 0, "\n".join(sentences(window.report))
        assert window.report.longest_gap < 2.0


def restarts(pod: Pod) -> int:
    return sum(each["restartCount"] for each in pod["status"].get("containerStatuses", ()))


def lost_seconds(of: UnderLoad, window: Window, since: float) -> float:
    """How long after `since` the last request of a window started that was lost; 0 where none was."""
    rows = [row for row in of.load.rows(window.begin) if row.lost]
    return max((row.at + 1 - since for row in rows), default=0.0)


def _is_ready(pod: Pod) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def soon_after(condition: Callable[[], object], what: str) -> None:
    """Wait as long as a pod takes to be replaced on a busy machine."""
    soon(condition, what, limit_seconds=120)


def sandbox_of(live: LiveCheckout) -> StackSandbox:
    return StackSandbox(project=live.checkout.project, stack=LIVE)
