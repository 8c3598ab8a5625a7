"""The names that prometheus-adapter gives the load of a runtime's servers, and that autoscalers ask it for."""

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "requestsPerSecond": "requests_per_second",
    "latencyP95Milliseconds": "latency_p95_milliseconds",
    "gpuUtilizationPercent": "utilization_percent",
}


def adapter_metric(key: str, runtime: str) -> str:
    """The metric of each pod that is behind a key of the settings; those of the GPU are no runtime's."""
    owner = "gpu" if key == "gpuUtilizationPercent" else runtime.replace("-", "_")
    return f"inference_{owner}_{_NAMES[key]}"
