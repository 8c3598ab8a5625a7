"""Exporters that speak the names of `settings/metrics/`, with the labels that the cluster's own objects give them.

They stand in for servers and exporters, as nothing runs in simulated pods. Prometheus reaches them as its proxy, so
that the addresses that it asks are those that the operator's configuration leads to: whoever asks a pod at another port
or path than its runtime's gets an error.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult

from settings.metrics.exporters import EXPORTERS
from tests.components.monitoring_stack.exported import GAUGES
from tests.components.monitoring_stack.reconciled.exported_labels import Labels, Seen, labels_of
from tests.components.monitoring_stack.reconciled.stacks import LOGS, MESH, RUNTIMES

Manifest = Mapping[str, Any]
NAME_LABEL, COMPONENT_LABEL = "app.kubernetes.io/name", "app.kubernetes.io/component"
AGENT = (15020, "/stats/prometheus")
"""Where an agent of Istio's merges its proxy's metrics and the server's."""
SERVERS = {
    "tensorflow-serving": (8501, "/monitoring/prometheus/metrics"),
    "triton": (8002, "/metrics"),
    "torchserve": (8082, "/metrics"),
}
"""Where each runtime answers, by its documentation: `test_pod_monitors.py`."""
SAMPLER = (9090, "/metrics")
OTHERS = (8080, "/metrics")
"""Where the exporters answer that have pods of their own."""
COLLECTOR = (24231, "/metrics")
_OF_SAMPLER, _OF_COLLECTOR = "drift-sampler", "fluentd"
_OF_SERVERS = {name for name in EXPORTERS if name.partition(" ")[0] in SERVERS}


_NOT_SO: Sequence[Labels] = ({"phase": "Succeeded"}, {"condition": "Ready", "status": "true"})


@dataclass(frozen=True, kw_only=True)
class Exporters:
    """What answers for the pods of a cluster as it was seen."""

    seen: Seen
    _begun: float = field(default_factory=time.monotonic)

    def page(self, url: SplitResult) -> str | None:
        """The metrics at an address, or None where nobody listens."""
        pod = next((each for each in self.seen.pods if each["status"].get("podIP") == url.hostname), None)
        if pod is None or (url.port, url.path) != place_of(pod):
            return None
        return "".join(f"{line}\n" for name in exporters_of(pod) for line in self._lines(name, pod))

    def _lines(self, exporter: str, pod: Manifest) -> Iterator[str]:
        seconds = time.monotonic() - self._begun
        for name in EXPORTERS[exporter].series:
            for number, labels in enumerate(labels_of(exporter, name, pod, self.seen), start=1):
                yield f"{name}{{{_written(labels)}}} {_state(labels) if name in GAUGES else number * seconds}"


def _state(labels: Labels) -> int:
    """Gauges are 1, but no pod is done, and no node is ready: what is recorded of bad nodes has series then."""
    return int(not any(each.items() <= labels.items() for each in _NOT_SO))


def is_sampler(pod: Manifest) -> bool:
    """Whether the pod is no server, but what compares what a model is asked."""
    return pod["metadata"]["labels"].get(COMPONENT_LABEL) == "model-sampler"


def is_collector(pod: Manifest) -> bool:
    """Whether the pod brings the logs of its node to where they are kept."""
    return pod["metadata"]["namespace"] == LOGS


def place_of(pod: Manifest) -> tuple[int, str]:
    """The port and the path at which a pod answers with its metrics."""
    model = pod["metadata"]["labels"][NAME_LABEL]
    if is_collector(pod):
        return COLLECTOR
    if model not in RUNTIMES:
        return OTHERS
    if is_sampler(pod):
        return SAMPLER
    return AGENT if pod["metadata"]["namespace"] == MESH else SERVERS[RUNTIMES[model]]


def exporters_of(pod: Manifest) -> Sequence[str]:
    """The exporters that answer there."""
    name = pod["metadata"]["labels"][NAME_LABEL]
    if is_collector(pod):
        return [_OF_COLLECTOR]
    if name not in RUNTIMES:
        return [name]
    if is_sampler(pod):
        return [_OF_SAMPLER]
    own = [each for each in EXPORTERS if each.partition(" ")[0] == RUNTIMES[name]]
    return [*own, "istio"] if pod["metadata"]["namespace"] == MESH else own


def own_exporters() -> Sequence[str]:
    """The exporters with pods of their own."""
    others = {*_OF_SERVERS, _OF_SAMPLER, _OF_COLLECTOR, "istio", "prometheus"}
    return [name for name in EXPORTERS if name not in others]


def _written(labels: Labels) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels.items())
