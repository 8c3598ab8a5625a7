"""The names that prometheus-adapter gives the load of a runtime's servers, and that autoscalers query."""

from typing import assert_never

from settings import GpuUtilization, LatencyP95, PodTarget, RequestRate

GPU_UTILIZATION_PERCENT = "inference_gpu_utilization_percent"


def requests_per_second(runtime: str) -> str:
    """The metric of the answered requests of a runtime's pods."""
    return _of_runtime(runtime, "requests_per_second")


def latency_p95_milliseconds(runtime: str) -> str:
    """The metric of the latency of a runtime's pods."""
    return _of_runtime(runtime, "latency_p95_milliseconds")


def adapter_metric(target: PodTarget, runtime: str) -> str:
    """The metric that a target of a runtime's pods is compared with."""
    match target:
        case RequestRate():
            return requests_per_second(runtime)
        case LatencyP95():
            return latency_p95_milliseconds(runtime)
        case GpuUtilization():
            return GPU_UTILIZATION_PERCENT
        case _:
            assert_never(target)


def _of_runtime(runtime: str, quantity: str) -> str:
    return f"inference_{runtime.replace('-', '_')}_{quantity}"
