"""Which alerts say nothing more because another one explains them; none silences what is louder than itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.monitoring_stack.alerting.matchers import equal, one_of
from components.monitoring_stack.rules import MODEL_LABEL, NODE_DOWN, SOURCE_MISSING, Alert, Group, Recording, Severity

SERIES_OF_SOURCES: Mapping[str, str] = {
    "kube-state-metrics": "kube_",
    "kubelet": "container_",
    "dcgm-exporter": "DCGM_",
    "amd-metrics-exporter": "gpu_",
    "gaudi-metric-exporter": "habanalabs_",
    "keda": "keda_",
    "flagger": "flagger_",
    "cert-manager": "certmanager_",
    "kube-apiserver": "apiserver_",
}
"""What the names of an exporter's series begin with."""

_LOAD = ("ModelLatencyHigh", "ModelReplicasAtMaximum", "ModelCpuHigh", "ModelGpuBusy", "ModelFailureBudgetBurnsSlowly")
_SILENT = ("ModelServerDown", "ModelAutoscalerBlind", "ModelScalerFailing")
TICKETS_OF_PAGES: Mapping[str, Sequence[str]] = {
    "ModelUnavailable": [*_LOAD, *_SILENT],
    "ModelErrorRateHigh": _LOAD,
    "ModelFailureBudgetBurnsFast": _LOAD,
    "ModelMetricsMissing": _SILENT,
}
"""The tickets of a model that say the same as a page of it; what has causes of its own, such as a release, is told."""
EXPLAINED_BY_A_NODE = [NODE_DOWN, *TICKETS_OF_PAGES, *_LOAD, *_SILENT]
"""The alerts of a model that the loss of a node explains."""
_OF_MODEL = ["namespace", MODEL_LABEL]


def inhibit_rules(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The rules among the alerts of ``groups``."""
    critical, warning = (equal("severity", each) for each in (Severity.CRITICAL, Severity.WARNING))
    down, explained = equal("alertname", NODE_DOWN), one_of("alertname", EXPLAINED_BY_A_NODE)
    return [
        *(
            _rule([equal("alertname", page), critical], [one_of("alertname", tickets), warning], _OF_MODEL)
            for page, tickets in TICKETS_OF_PAGES.items()
        ),
        _rule([down, critical], [explained], _OF_MODEL),
        _rule([down, warning], [explained, warning], _OF_MODEL),
        *_of_sources(groups),
    ]


def _of_sources(groups: Sequence[Group]) -> Iterator[dict[str, Any]]:
    rules = [rule for group in groups for rule in group.rules]
    alerts = [rule for rule in rules if isinstance(rule, Alert)]
    recordings = [rule for rule in rules if isinstance(rule, Recording)]
    missed = dict.fromkeys(each.labels["source"] for each in alerts if each.name == SOURCE_MISSING)
    for source in missed:
        readers = _readers(SERIES_OF_SOURCES[source], alerts, recordings)
        if readers:
            yield _rule(
                [equal("alertname", SOURCE_MISSING), equal("source", source)],
                [one_of("alertname", readers), equal("severity", Severity.WARNING)],
                ["namespace"],
            )


def _readers(series: str, alerts: Sequence[Alert], recordings: Sequence[Recording]) -> list[str]:
    """The alerts that read series of such names, or what is recorded of these."""
    read = [series]
    while more := [f"{each.record}{{" for each in recordings if _reads(each, read) and f"{each.record}{{" not in read]:
        read += more
    return sorted({each.name for each in alerts if _reads(each, read) and each.name != SOURCE_MISSING})


def _reads(rule: Alert | Recording, series: Sequence[str]) -> bool:
    return any(each in rule.expr for each in series)


def _rule(source: list[dict[str, Any]], target: list[dict[str, Any]], same: Sequence[str]) -> dict[str, Any]:
    return {"sourceMatch": source, "targetMatch": target, "equal": list(same)}
