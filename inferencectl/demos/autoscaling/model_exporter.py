"""An exporter of the metrics that TensorFlow Serving would have under the load that the caller sets.

One HTTP server answers for all pods, which the parameter `pod` identifies. The scraped pods share the load.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import SplitResult, parse_qs

from components.model_service.runtimes.tensorflow_serving import METRICS_PATH
from inferencectl.demos.exporter import exporting

BUCKETS_MICROS = [10 * 1.8**power for power in range(33)]
# A pod that was not scraped for this many intervals gets no share of the load.
MISSED_SCRAPES = 3
PROBES_PER_SECOND = 0.25


@dataclass
class ServedLoad:
    """The load of all pods together; pods in `silent` answer scrapes with an error.

    `failing` is the share of the requests that fail, `queued` the length of a queue, and `scrape_seconds` the scrape
    interval of Prometheus.
    """

    requests_per_second: float = 0.0
    latency_milliseconds: float = 20.0
    failing: float = 0.0
    queued: int = 0
    is_answering: bool = True
    scrape_seconds: float = 1.0
    silent: set[str] = field(default_factory=set)
    port: int = 0
    _scraped: dict[str, float] = field(default_factory=dict)
    _requests: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _failed: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _by_bucket: dict[tuple[str, float], float] = field(default_factory=lambda: defaultdict(float))
    _probes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def metrics_of(self, pod: str) -> str:
        """Returns the current metrics of one pod in Prometheus' text format."""
        with self._lock:
            now = time.monotonic()
            seconds = now - self._scraped.get(pod, now)
            self._scraped[pod] = now
            alive = MISSED_SCRAPES * self.scrape_seconds
            sharing = [name for name, last in self._scraped.items() if now - last < alive]
            asked = seconds * self.requests_per_second / len(sharing)
            answered = asked * (1 - self.failing)
            self._failed[pod] += asked - answered
            self._probes[pod] += seconds * PROBES_PER_SECOND
            if answered:
                self._requests[pod] += answered
                self._by_bucket[pod, self._bucket()] += answered
            return "".join(f"{line}\n" for line in self._lines(pod))

    def _bucket(self) -> float:
        micros = self.latency_milliseconds * 1000
        return next(most for least, most in pairwise([0, *BUCKETS_MICROS]) if least < micros <= most)

    def _lines(self, pod: str) -> Iterator[str]:
        labels = 'model_name="mnist",API="predict",entrypoint="REST"'
        latency = ":tensorflow:serving:request_latency"
        yield f"# TYPE {latency} histogram"
        # Status probes over REST are recorded with an empty API.
        probes = 'model_name="mnist",API="",entrypoint="REST"'
        yield from histogram(latency, probes, {5.8e6: self._probes[pod]}, self.latency_milliseconds)
        if pod in self._requests:
            by_bucket = {most: self._by_bucket[pod, most] for most in BUCKETS_MICROS}
            yield from histogram(latency, labels, by_bucket, self.latency_milliseconds)
        yield "# TYPE :tensorflow:serving:request_count counter"
        total = self._requests[pod] + self._probes[pod] if pod in self._requests else self._probes[pod]
        yield f':tensorflow:serving:request_count{{model_name="mnist",status="OK"}} {total}'
        if self._failed[pod]:
            yield f':tensorflow:serving:request_count{{model_name="mnist",status="INTERNAL"}} {self._failed[pod]}'


def histogram(name: str, labels: str, by_bucket: Mapping[float, float], milliseconds: float) -> Iterator[str]:
    """The lines of a histogram in microseconds, from how much is in each bucket and the mean in milliseconds."""
    below = 0.0
    for most, count in by_bucket.items():
        below += count
        yield f'{name}_bucket{{{labels},le="{most:.6g}"}} {below}'
    yield f'{name}_bucket{{{labels},le="+Inf"}} {below}'
    yield f"{name}_sum{{{labels}}} {below * milliseconds * 1000}"
    yield f"{name}_count{{{labels}}} {below}"


@contextmanager
def served(load: ServedLoad) -> Iterator[ServedLoad]:
    """Serves the pods' metrics at their path and the queue at `/queue`, on `load.port` of the loopback interface."""
    with exporting(lambda url: _page(load, url)) as load.port:
        yield load


def _page(load: ServedLoad, url: SplitResult) -> str | None:
    if url.path == "/queue":
        # Two series, as for a queue with several shards: the platform's query must sum them.
        half = load.queued / 2
        return f'work_waiting{{shard="a"}} {half}\nwork_waiting{{shard="b"}} {half}\n'
    if url.path != METRICS_PATH or not load.is_answering:
        return None
    (pod,) = parse_qs(url.query)["pod"]
    text = load.metrics_of(pod)
    return None if pod in load.silent else text
