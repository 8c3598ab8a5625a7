"""How long does the live stack's model take from 0 replicas to its first answer, and which part takes how long?

The Deployment is scaled from 0 to 1, with the images on the node. Times are the client's, which asks all the time
through the Service; when a watch of this machine is told of a condition of the pod; those of lines in the logs of its
containers; and when the server listens, which Triton does once every model is loaded. For comparison, the same server
is started as a mere process (`benchmarks/bare_server.py`), on files that are there already. The round with the median
sum is shown.
"""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from kubernetes.client import CoreV1Api
from kubernetes.watch import Watch

from benchmarks.bare_server import ADDRESS, bare_server
from benchmarks.copied_checkout import ROOT
from benchmarks.figure import Figure
from benchmarks.first_answer import PATH, first_answer, local_url
from benchmarks.live_server import SELECTOR, LiveServer, live_server, log_of
from components.metadata import MODEL_SERVER
from components.model_service.runtimes.triton import HTTP_PORT
from inferencectl.live_stack import NAMESPACE
from inferencectl.sandbox import processes
from inferencectl.sandbox.node.bridge import Network
from inferencectl.sandbox.ports import LOOPBACK, free_ports

ROUNDS = 3
INIT_CONTAINER = "fetch-model"
_FORWARD = "bare-server-address"
_STOP_SECONDS = 5
POLL_SECONDS = 0.02


@dataclass
class Seen:
    """What has been seen of a pod that starts; times in seconds since 1970, 0 before."""

    address: str = ""
    conditions: dict[str, float] = field(default_factory=dict)
    listening: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """When each part of a start had ended, in seconds since 1970."""

    asked: float
    scheduled: float
    fetch_began: float
    fetched: float
    started: float
    loaded: float
    ready: float
    answered: float

    @property
    def parts(self) -> Mapping[str, float]:
        """Their lengths in seconds, in order."""
        return {
            "pod made and scheduled": self.scheduled - self.asked,
            "volumes, network and init container started": self.fetch_began - self.scheduled,
            "model fetched and verified": self.fetched - self.fetch_began,
            "server's container started": self.started - self.fetched,
            "server started and model loaded": self.loaded - self.started,
            "readiness seen": self.ready - self.loaded,
            "first answer": self.answered - self.ready,
        }

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.answered - self.asked


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Start a pod from 0 replicas and a mere process, alternately."""
    starts, bare = list[ColdStart](), list[float]()
    with live_server(progress) as live:
        for number in range(ROUNDS):
            progress(f"a process, round {number + 1} of {ROUNDS}")
            bare.append(_process_start(live))
            progress(f"a pod from 0 replicas, round {number + 1} of {ROUNDS}")
            starts.append(_pod_start(live))
    yield from stated(starts, bare)


def stated(starts: Sequence[ColdStart], bare: Sequence[float]) -> Iterator[Figure]:
    """The round with the median sum by part, and in relation to the median of the bare process's starts."""
    typical = sorted(starts, key=lambda each: each.seconds)[len(starts) // 2]
    for name, seconds in typical.parts.items():
        yield Figure(name=f"cold start: {name}", value=seconds, unit="s", detail=f"{seconds / typical.seconds:.0%}")
    detail = "from 0 replicas to the first answer: " + ", ".join(f"{each.seconds:.1f}" for each in starts) + " s"
    yield Figure(name="cold start", value=typical.seconds, unit="s", detail=detail)
    process = median(bare)
    yield Figure(
        name="cold start, compared to Triton as a process with its files",
        value=typical.seconds / process,
        unit="x",
        detail=f"{process:.1f} s to the first answer of the process, median of {len(bare)}",
    )


def _process_start(live: LiveServer) -> float:
    """Seconds from the start of the process to its first answer."""
    server, node = live.server(), live.first_process
    with _forwarded(live, node) as url:
        began = time.time()
        with bare_server(server, node, log_of(live.checkout, "process")):
            return first_answer(url) - began


@contextmanager
def _forwarded(live: LiveServer, node: int) -> Iterator[str]:
    (port,) = free_ports(1)
    directory = live.checkout.project.cluster_directory(live.checkout.stack)
    forward = "inferencectl.sandbox.node.forward"
    command = (sys.executable, "-m", forward, str(node), f"{port}={ADDRESS}:{HTTP_PORT}")
    component = processes.start(_FORWARD, command, directory, {"PYTHONPATH": str(ROOT)})
    try:
        yield f"http://{LOOPBACK}:{port}{PATH}"
    finally:
        processes.stop(component, _STOP_SECONDS)


def _pod_start(live: LiveServer) -> ColdStart:
    (deployment,) = {_deployment(pod) for pod in live.settled(1)}
    live.scale(deployment, 0)
    live.settled(0)
    url, seen = local_url(live.checkout.project), Seen()
    threads = [threading.Thread(target=each, args=(live, seen), daemon=True) for each in (_watch, _note_listening)]
    for thread in threads:
        thread.start()
    asked = time.time()
    live.scale(deployment, 1)
    answered = first_answer(url)
    (pod,) = live.settled(1)
    for thread in threads:
        thread.join()
    name = pod["metadata"]["name"]
    init = lines_of(live.in_namespace("logs", name, f"--container={INIT_CONTAINER}", "--timestamps"))
    server = lines_of(live.in_namespace("logs", name, f"--container={MODEL_SERVER}", "--timestamps"))
    return ColdStart(
        asked=asked,
        scheduled=seen.conditions["PodScheduled"],
        fetch_began=init[0][0],
        fetched=init[-1][0],
        started=server[0][0],
        loaded=seen.listening,
        # The first answer may come before this machine is told.
        ready=min(seen.conditions["Ready"], answered),
        answered=answered,
    )


def _deployment(pod: Mapping[str, Any]) -> str:
    (owner,) = pod["metadata"]["ownerReferences"]
    return owner["name"].rpartition("-")[0]


def _watch(live: LiveServer, seen: Seen) -> None:
    """Note the address of the next pod, and when each of its conditions is seen to be true, until it is ready."""
    watch = Watch()
    for event in watch.stream(CoreV1Api(live.api).list_namespaced_pod, NAMESPACE, label_selector=SELECTOR):
        status = event["object"].status
        seen.address = status.pod_ip or ""
        for condition in status.conditions or ():
            if condition.status == "True":
                seen.conditions.setdefault(condition.type, time.time())
        if "Ready" in seen.conditions:
            watch.stop()


def _note_listening(live: LiveServer, seen: Seen) -> None:
    network = Network(live.first_process)
    while not seen.listening:
        # The namespace of a network is that of a thread.
        with network.entered():
            connection = socket.socket()
        with connection:
            connection.settimeout(1)
            if seen.address and connection.connect_ex((seen.address, HTTP_PORT)) == 0:
                seen.listening = time.time()
        time.sleep(POLL_SECONDS)


def lines_of(log: str) -> Sequence[tuple[float, str]]:
    """The lines of a log with timestamps, each with its time in seconds since 1970."""
    found = (line.partition(" ") for line in log.splitlines() if line)
    return [(datetime.fromisoformat(at).timestamp(), text) for at, _, text in found]
