"""Check that somebody exports the metrics that a stack's own queries read.

A name that nobody exports is no error to Prometheus: the query has no answer, a model never scales by it, and a
candidate never passes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from settings.cluster.autoscaling import Autoscaling
from settings.cluster.gateway import Gateway
from settings.cluster.mesh.mesh import Mesh
from settings.cluster.monitoring import Monitoring
from settings.consistency.runtimes import CAPABILITIES
from settings.metrics.exporters import EXPORTERS
from settings.metrics.further import families_of, names_of
from settings.metrics.queries import metrics_in
from settings.model.model import Model
from settings.model.release.progressive import ProgressiveRelease
from settings.validation.issues import Issue
from settings.validation.words import did_you_mean, listed, shown

_RECORDINGS: Final = "inference:"
"""How the names begin of what our rules record."""
_OF_HISTOGRAMS: Final = ("_bucket", "_sum", "_count")


def query_issues(
    autoscaling: Autoscaling | None,
    monitoring: Monitoring | None,
    mesh: Mesh,
    gateway: Gateway | None,
    models: Sequence[Model],
) -> Iterator[Issue]:
    """Metrics that nothing of the stack exports, nor, as it says, its team; paths below the stack.

    Without ``autoscaling`` no query is asked, which is a finding of its own.
    """
    if autoscaling is None:
        return
    may_be_istios = mesh.is_on or (gateway is not None and (gateway.owned is None or gateway.owned.is_istios))
    absent = {
        *(exporter for exporter in EXPORTERS if _runtime_of(exporter) in CAPABILITIES.keys() - _runtimes(models)),
        *([] if any(model.sampling for model in models) else ["drift-sampler"]),
        *([] if may_be_istios else ["istio"]),
    }
    known = _Known(
        names={*autoscaling.other_metrics, *(name for each in EXPORTERS.keys() - absent for name in names_of(each))},
        families=(
            *(family for each in EXPORTERS.keys() - absent for family in families_of(each)),
            *([_RECORDINGS] if monitoring else []),
        ),
        absent={name: _runtime_of(exporter) for exporter in absent for name in names_of(exporter)},
    )
    for index, model in enumerate(models):
        for path, query in _queries(model):
            for metric in metrics_in(query):
                yield from known.issues(metric, ("models", index, *path))


def _runtime_of(exporter: str) -> str:
    """The runtime that an exporter is, if it is one; what it exports only at times is listed apart."""
    return exporter.partition(" ")[0]


def _runtimes(models: Sequence[Model]) -> set[str]:
    return {model.runtime for model in models}


def _queries(model: Model) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The queries of a model that its stack has written, with their paths below the model."""
    if model.scaling and model.scaling.queue:
        yield ("scaling", "queue", "query"), model.scaling.queue.query
    if model.scaling and model.scaling.arrivals_query:
        yield ("scaling", "arrivalsQuery"), model.scaling.arrivals_query
    if isinstance(model.release, ProgressiveRelease):
        for index, each in enumerate(model.release.queries):
            yield ("release", "queries", index, "query"), each.query


@dataclass(frozen=True, kw_only=True)
class _Known:
    """Metrics that the stack's Prometheus has, and the exporter of those that it could have."""

    names: set[str]
    families: tuple[str, ...]
    absent: dict[str, str]

    def issues(self, metric: str, path: tuple[str | int, ...]) -> Iterator[Issue]:
        if metric in self.names or metric.startswith(self.families):
            return
        exporter = self.absent.get(metric)
        why = f"which only {exporter} exports, and this stack has none" if exporter else "which nobody exports"
        remedy = "if Prometheus has it from elsewhere, add it to autoscaling.otherMetrics"
        yield Issue(
            path=path,
            found=f"reads {shown(metric)}, {why}",
            expected="metrics that the stack's servers or exporters have",
            hint=" ".join(filter(None, [self._nearest(metric), remedy])),
        )

    def _nearest(self, metric: str) -> str:
        parts = [f"'{metric}{part}'" for part in _OF_HISTOGRAMS if f"{metric}{part}" in self.names]
        return f"did you mean {listed(parts)}?" if parts else did_you_mean(metric, sorted(self.names))
