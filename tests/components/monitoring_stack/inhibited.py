"""What an alert explains, and what is told beside it: an alert, those that it silences, and those that it does not."""

from collections.abc import Mapping

CRITICAL, WARNING = "critical", "warning"


def alert(name: str, severity: str, model: str, **labels: str) -> Mapping[str, str]:
    """The labels of an alert of a model."""
    return {"alertname": name, "severity": severity, "inference_model": model, **labels}


ALWAYS_TOLD = (
    *("ModelReleaseRolledBack", "ModelReleaseStuck", "ModelImportFailed", "ModelFilesRefused"),
    *("ModelDrift", "ModelDriftUnknown", "ModelSamplesUnread", "ModelMemoryHigh", "ModelNodePressed"),
)
"""Tickets of a model that have a cause of their own."""
INHIBITED = {
    "a page silences the tickets of its model that say the same, and none with a cause of its own": (
        alert("ModelErrorRateHigh", CRITICAL, "m"),
        [alert("ModelCpuHigh", WARNING, "m")],
        [
            alert("ModelCpuHigh", WARNING, "n"),
            alert("ModelUnavailable", CRITICAL, "m"),
            alert("ModelNodeDown", WARNING, "m"),
            *(alert(name, WARNING, "m") for name in ALWAYS_TOLD),
        ],
    ),
    "an error of a GPU, which stays until its exporter restarts, silences nothing": (
        alert("ModelGpuError", CRITICAL, "m"),
        [alert("ModelLatencyHigh", WARNING, "n")],
        [
            *(alert(name, WARNING, "m") for name in ("ModelCpuHigh", *ALWAYS_TOLD)),
            alert("ModelErrorRateHigh", CRITICAL, "n"),
        ],
    ),
    "the last node of a model explains that it does not serve, and nothing else": (
        alert("ModelNodeDown", CRITICAL, "m"),
        [
            alert("ModelUnavailable", CRITICAL, "m"),
            alert("ModelServerDown", WARNING, "m"),
            alert("ModelNodeDown", WARNING, "m"),
        ],
        [
            alert("ModelUnavailable", CRITICAL, "n"),
            alert("CertificateExpiresSoon", WARNING, ""),
            alert("ModelGpuError", CRITICAL, "m"),
            *(alert(name, WARNING, "m") for name in ALWAYS_TOLD),
        ],
    ),
    "a node without which the model serves explains tickets, and not all": (
        alert("ModelNodeDown", WARNING, "m"),
        [alert("ModelServerDown", WARNING, "m"), alert("ModelLatencyHigh", WARNING, "m")],
        [alert("ModelServerDown", WARNING, "n"), *(alert(name, WARNING, "m") for name in ALWAYS_TOLD)],
    ),
    "a node without which the model serves silences no page": (
        alert("ModelNodeDown", WARNING, "m"),
        [alert("ModelServerDown", WARNING, "m")],
        [alert("ModelErrorRateHigh", CRITICAL, "m"), alert("ModelMetricsMissing", CRITICAL, "m")],
    ),
    "a missing exporter silences the tickets that need it": (
        {"alertname": "MetricsSourceMissing", "severity": WARNING, "source": "kubelet"},
        [alert("ModelCpuHigh", WARNING, "m"), alert("ModelMemoryHigh", WARNING, "n")],
        [alert("ModelServerDown", WARNING, "m"), alert("ModelReplicasAtMaximum", WARNING, "n")],
    ),
}
