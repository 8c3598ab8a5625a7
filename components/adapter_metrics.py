"""The names under which prometheus-adapter serves the load metrics that autoscalers use."""

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "requestsPerSecond": "requests_per_second",
    "latencyP95Milliseconds": "latency_p95_milliseconds",
    "gpuUtilizationPercent": "utilization_percent",
}


def adapter_metric(key: str, runtime: str) -> str:
    """The per-pod metric behind a key of the settings; GPU metrics belong to no runtime."""
    owner = "gpu" if key == "gpuUtilizationPercent" else runtime.replace("-", "_")
    return f"inference_{owner}_{_NAMES[key]}"
