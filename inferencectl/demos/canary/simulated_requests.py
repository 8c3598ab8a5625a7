"""Simulated requests to models whose routes Flagger moves, as the metrics of their servers would tell of them.

There is no gateway and nothing answers: each version counts the requests that the live routes would lead to it.
"""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qs

from kubernetes.client import ApiClient

from components.model_service.runtimes.tensorflow_serving import METRICS_PATH
from inferencectl.demos.autoscaling.model_exporter import BUCKETS_MICROS, histogram
from inferencectl.demos.exporter import exporting
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from settings import RELEASE_PROTOCOLS

TICK_SECONDS = 0.2
# A pod that was not scraped for this long gets no share of the requests.
GONE_SECONDS = 5.0
_POD = re.compile(r"(?P<model>.+)-v(?P<version>\d+)-[a-z0-9-]+")
_VERSION = "app.kubernetes.io/version"


@dataclass
class Behaviour:
    """How a version answers: shares of failed requests by protocol, and milliseconds; unmeasured, it has no metrics."""

    failing: Mapping[str, float] = field(default_factory=dict)
    milliseconds: float = 20.0
    is_measured: bool = True


@dataclass
class _Pod:
    scraped: float
    answered: dict[str, float] = field(default_factory=lambda: dict.fromkeys(RELEASE_PROTOCOLS, 0.0))
    failed: dict[str, float] = field(default_factory=lambda: dict.fromkeys(RELEASE_PROTOCOLS, 0.0))
    by_bucket: dict[float, float] = field(default_factory=lambda: dict.fromkeys(BUCKETS_MICROS, 0.0))


Shares = Mapping[tuple[str, str], Mapping[int, float]]
"""By model and protocol, the share, from 0 to 1, of each version that gets requests."""


@dataclass
class SimulatedRequests:
    """Each model gets `per_second` requests over each protocol; `behaviours` are by model and version.

    `history` has the shares with the time since which they are like that, by the monotonic clock.
    """

    per_second: float = 100.0
    behaviours: dict[tuple[str, int], Behaviour] = field(default_factory=lambda: defaultdict(Behaviour))
    port: int = 0
    history: list[tuple[float, Shares]] = field(default_factory=list)
    _pods: dict[tuple[str, int], dict[str, _Pod]] = field(default_factory=lambda: defaultdict(dict))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def shares_of(self, model: str, protocol: str) -> Mapping[int, float]:
        """The shares in which the live route leads requests to versions; empty without a route."""
        return self.history[-1][1].get((model, protocol), {}) if self.history else {}

    def passage_of(self, model: str, protocol: str, version: int) -> list[tuple[float, float]]:
        """The shares that a version had one after the other, each with the time since which it had it."""
        found: list[tuple[float, float]] = []
        for moment, shares in self.history:
            share = shares.get((model, protocol), {}).get(version, 0.0)
            if not found or found[-1][1] != share:
                found.append((moment, share))
        return found

    def page(self, url: SplitResult) -> str | None:
        """The metrics of the pod that the address names."""
        (name,) = parse_qs(url.query).get("pod", [""])
        found = _POD.fullmatch(name)
        if url.path != METRICS_PATH or found is None:
            return None
        served = found["model"], int(found["version"])
        with self._lock:
            pod = self._pods[served].setdefault(name, _Pod(scraped=time.monotonic()))
            pod.scraped = time.monotonic()
            behaviour = self.behaviours[served]
            lines = "".join(f"{line}\n" for line in _lines(pod, behaviour))
        return lines if behaviour.is_measured else None

    def lead(self, shares: Shares, seconds: float) -> None:
        """Counts the requests of the time that has passed, led as `shares` say."""
        with self._lock:
            if not self.history or self.history[-1][1] != shares:
                self.history.append((time.monotonic(), shares))
            for (model, protocol), by_version in shares.items():
                for version, share in by_version.items():
                    self._count((model, version), protocol, share * self.per_second * seconds)

    def _count(self, served: tuple[str, int], protocol: str, requests: float) -> None:
        now = time.monotonic()
        pods = [pod for pod in self._pods[served].values() if now - pod.scraped < GONE_SECONDS]
        behaviour = self.behaviours[served]
        failing = behaviour.failing.get(protocol, 0.0)
        micros = behaviour.milliseconds * 1000
        bucket = next(most for most in BUCKETS_MICROS if micros <= most)
        for pod in pods:
            each = requests / len(pods)
            pod.failed[protocol] += each * failing
            pod.answered[protocol] += each * (1 - failing)
            pod.by_bucket[bucket] += each * (1 - failing)


@contextmanager
def requested(requests: SimulatedRequests, api: ApiClient, namespace: str) -> Iterator[SimulatedRequests]:
    """Sends the simulated requests to the models of `namespace`, and serves the metrics on `requests.port`."""
    ended = threading.Event()

    def follow() -> None:
        resources, before = Resources(api), time.monotonic()
        while not ended.wait(TICK_SECONDS):
            shares = live_shares(resources, namespace)
            now = time.monotonic()
            requests.lead(shares, now - before)
            before = now

    with exporting(requests.page) as requests.port:
        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield requests
        finally:
            ended.set()
            thread.join()


def live_shares(resources: Resources, namespace: str) -> Shares:
    """Where Flagger's routes lead requests, through the selectors of the Services."""
    services = {each["metadata"]["name"]: each for each in resources.all_like(_like("", "Service", namespace))}
    found: dict[tuple[str, str], Mapping[int, float]] = {}
    for route in resources.all_like(_like("gateway.networking.k8s.io", "HTTPRoute", namespace)):
        model, _, protocol = route["metadata"]["name"].rpartition("-")
        if protocol in RELEASE_PROTOCOLS:
            found[model, protocol] = _led(route["spec"]["rules"][0]["backendRefs"], services)
    return found


def _led(backends: list[Mapping[str, Any]], services: Mapping[str, Mapping[str, Any]]) -> Mapping[int, float]:
    led: dict[int, float] = defaultdict(float)
    for each in backends:
        version = services.get(each["name"], {}).get("spec", {}).get("selector", {}).get(_VERSION)
        if version and each["weight"]:
            led[int(version)] += each["weight"] / 100
    return led


def _like(group: str, kind: str, namespace: str) -> ObjectKey:
    return ObjectKey(group=group, version="v1", kind=kind, namespace=namespace, name="")


def _lines(pod: _Pod, behaviour: Behaviour) -> Iterator[str]:
    """What TensorFlow Serving would tell: failures by their status alone, and the latency of what was answered."""
    latency, count = ":tensorflow:serving:request_latency", ":tensorflow:serving:request_count"
    labels = 'model_name="model",API="predict",entrypoint="REST"'
    answered, failed = sum(pod.answered.values()), sum(pod.failed.values())
    yield f"# TYPE {latency} histogram"
    if answered:
        yield from histogram(latency, labels, pod.by_bucket, behaviour.milliseconds)
    yield f"# TYPE {count} counter"
    yield f'{count}{{model_name="model",status="OK"}} {answered}'
    if failed:
        yield f'{count}{{model_name="model",status="INTERNAL"}} {failed}'
