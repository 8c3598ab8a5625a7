"""What TensorFlow Serving counts, in Prometheus' text format, under its own names.

Sources: tensorflow_serving/util/prometheus_exporter.cc and tensorflow_serving/servables/tensorflow/util.cc. Only what
is about requests and loading is counted; TensorFlow's own metrics cannot be read from Python.
"""

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

# From 10 µs, each 1.8 times the one before: about 20 minutes at the last.
LIMITS = [10 * 1.8**power for power in range(33)]

_Labels = tuple[str, ...]


class Counter:
    """A count for every combination of values of the labels."""

    def __init__(self, name: str, *labels: str) -> None:
        self._name, self._labels = name, labels
        self._counts: dict[_Labels, int] = defaultdict(int)
        self._lock = threading.Lock()

    def add(self, *values: str) -> None:
        """Count one."""
        with self._lock:
            self._counts[values] += 1

    def lines(self) -> Iterator[str]:
        """The lines of the page."""
        with self._lock:
            counts = sorted(self._counts.items())
        if counts:
            yield f"# TYPE {self._name} counter"
        for values, count in counts:
            yield f"{self._name}{{{_labelled(self._labels, values)}}} {count}"


class Histogram:
    """A distribution of microseconds for every combination of values of the labels."""

    def __init__(self, name: str, *labels: str) -> None:
        self._name, self._labels = name, labels
        self._buckets: dict[_Labels, list[int]] = defaultdict(lambda: [0] * (len(LIMITS) + 1))
        self._sums: dict[_Labels, float] = defaultdict(float)
        self._lock = threading.Lock()

    def add(self, microseconds: float, *values: str) -> None:
        """Count one duration."""
        with self._lock:
            self._buckets[values][bisect_left(LIMITS, microseconds)] += 1
            self._sums[values] += microseconds

    def lines(self) -> Iterator[str]:
        """The lines of the page."""
        with self._lock:
            found = sorted((values, list(buckets), self._sums[values]) for values, buckets in self._buckets.items())
        if found:
            yield f"# TYPE {self._name} histogram"
        for values, buckets, total in found:
            labels = _labelled(self._labels, values)
            count = 0
            for limit, in_bucket in zip([*(f"{limit:g}" for limit in LIMITS), "+Inf"], buckets, strict=True):
                count += in_bucket
                yield f'{self._name}_bucket{{{labels},le="{limit}"}} {count}'
            yield f"{self._name}_sum{{{labels}}} {total:g}"
            yield f"{self._name}_count{{{labels}}} {count}"


class Metrics:
    """Everything that is counted."""

    def __init__(self) -> None:
        self.requests = Counter(":tensorflow:serving:request_count", "model_name", "status")
        self.request_latency = Histogram(":tensorflow:serving:request_latency", "model_name", "API", "entrypoint")
        self.runtime_latency = Histogram(":tensorflow:serving:runtime_latency", "model_name", "API", "runtime")
        self.warm_up_latency = Histogram(":tensorflow:serving:model_warmup_latency", "model_path", "status")
        self.loads = Counter(":tensorflow:cc:saved_model:load_attempt_count", "model_path", "status")

    def page(self) -> str:
        """The page that Prometheus reads."""
        return "\n".join(line for metric in vars(self).values() for line in metric.lines()) + "\n"


def _labelled(names: Sequence[str], values: Sequence[str]) -> str:
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return ",".join(f'{name}="{value}"' for name, value in zip(names, escaped, strict=True))
