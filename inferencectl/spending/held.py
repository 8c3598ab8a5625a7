"""What the pods of models held, and for how long, as Prometheus recorded it.

Nothing is extrapolated: a moment of which Prometheus knows nothing counts for nothing, and how many there are is said.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from components.metadata import MODEL_SERVER
from components.model_service.manifests.load_queries import pod_names
from components.monitoring_stack.held import PHASE, REQUESTS, held
from inferencectl.rightsizing.prometheus_api import PrometheusApi
from inferencectl.rightsizing.queries import CPU_METRIC
from inferencectl.rightsizing.window import Window
from inferencectl.workspace.errors import SandboxError

SEEN = "kube_namespace_created"
_GIB = 2**30
_SECONDS_PER_HOUR = 3600
_PODS = pod_names("(.+)-v[0-9]+", stateful=False)


@dataclass(kw_only=True)
class Held:
    """Hours of cores and GiB that were requested, of devices by kube-state-metrics' name, and of CPU that was used.

    ``cores_used`` is None where the kubelet's metrics say nothing of it.
    """

    cores: Fraction = Fraction(0)
    gib: Fraction = Fraction(0)
    devices: dict[str, Fraction] = field(default_factory=dict)
    cores_used: Fraction | None = None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The hours of a window, and those of which Prometheus knows what ran."""

    hours: Fraction
    seen: Fraction

    @property
    def percent(self) -> float:
        """The share that is known."""
        return float(100 * self.seen / self.hours)


def require_series(api: PrometheusApi, namespace: str, window: Window) -> None:
    """Refuses a Prometheus without the series that hours are made of.

    Raises:
        SandboxError: one of them is missing.
    """
    of_namespace = f'{{namespace="{namespace}"}}'
    for name, labels in ((SEEN, of_namespace), (REQUESTS, ""), (PHASE, "")):
        if not api.number(f"count(present_over_time({name}{labels}[{window.text}]))"):
            of = f" of namespace {namespace}" if labels else ""
            raise SandboxError(
                f"{api.url}: no {name}{of} in the last {window.text}",
                "kube-state-metrics has it: let this Prometheus scrape it with honorLabels: true, or choose another",
            )


def coverage(api: PrometheusApi, namespace: str, window: Window) -> Coverage:
    """How much of the window kube-state-metrics was seen in."""
    seen = f'count_over_time((max({SEEN}{{namespace="{namespace}"}}))[{window.text}:{window.step_seconds}s])'
    return Coverage(
        hours=Fraction(window.seconds, _SECONDS_PER_HOUR), seen=_hours(Fraction(api.number(seen) or 0), window)
    )


def held_by_model(api: PrometheusApi, namespace: str, window: Window) -> Mapping[str, Held]:
    """What the pods of each model held, also of versions and models that are gone."""
    found: dict[str, Held] = defaultdict(Held)
    for element in api.vector(_requested(namespace, window)):
        model, steps = found[element.labels["model"]], Fraction(element.value)
        match element.labels["resource"]:
            case "cpu":
                model.cores += _hours(steps, window)
            case "memory":
                model.gib += _hours(steps / _GIB, window)
            case device:
                model.devices[device] = _hours(steps, window)
    for element in api.vector(_used(namespace, window)):
        found[element.labels["model"]].cores_used = Fraction(element.value) / _SECONDS_PER_HOUR
    return found


def _hours(steps: Fraction, window: Window) -> Fraction:
    return steps * window.step_seconds / _SECONDS_PER_HOUR


def _requested(namespace: str, window: Window) -> str:
    steps = f"sum_over_time({held(namespace)}[{window.text}:{window.step_seconds}s])"
    return f"sum by (model, resource) ({_with_model(steps)})"


def _used(namespace: str, window: Window) -> str:
    used = f'increase({CPU_METRIC}{{namespace="{namespace}",container="{MODEL_SERVER}"}}[{window.text}])'
    return f"sum by (model) ({_with_model(f'sum by (pod) ({used})')})"


def _with_model(series: str) -> str:
    return f'label_replace({series}, "model", "$1", "pod", "{_PODS}")'
