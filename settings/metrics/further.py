"""What exporters have besides the series that our rules read: a query of a stack's own may ask for it.

Names are listed where the exporter is part of the platform. Of others there are too many, in too many versions: their
families, each the beginning of names, are taken as they are.
"""

from collections.abc import Iterable, Iterator, Mapping

from settings.metrics.exporters import EXPORTERS

_BESIDES: Mapping[str, Iterable[str]] = {
    # Sources: tensorflow/serving, tensorflow_serving/servables/tensorflow/util.cc, saved_model_warmup_util.cc and
    # batching/batching_session.cc
    "tensorflow-serving": (
        ":tensorflow:serving:batching_session:queuing_latency_bucket",
        ":tensorflow:serving:batching_session:wrapped_run_count",
        ":tensorflow:serving:model_warmup_latency_bucket",
        ":tensorflow:serving:request_example_count_total",
        ":tensorflow:serving:request_example_counts_bucket",
        ":tensorflow:serving:request_example_counts_count",
        ":tensorflow:serving:request_example_counts_sum",
        ":tensorflow:serving:request_log_count",
        ":tensorflow:serving:runtime_latency_bucket",
        ":tensorflow:serving:runtime_latency_count",
        ":tensorflow:serving:runtime_latency_sum",
    ),
    # Source: triton-inference-server/core, src/metrics.cc and src/metric_model_reporter.cc
    "triton": (
        "nv_cache_hit_duration_per_model",
        "nv_cache_miss_duration_per_model",
        "nv_cache_num_hits_per_model",
        "nv_cache_num_misses_per_model",
        "nv_cpu_memory_total_bytes",
        "nv_cpu_memory_used_bytes",
        "nv_cpu_utilization",
        "nv_energy_consumption",
        "nv_gpu_memory_total_bytes",
        "nv_gpu_memory_used_bytes",
        "nv_gpu_power_limit",
        "nv_gpu_power_usage",
        "nv_gpu_utilization",
        "nv_inference_compute_infer_duration_us",
        "nv_inference_compute_input_duration_us",
        "nv_inference_compute_output_duration_us",
        "nv_inference_count",
        "nv_inference_exec_count",
        "nv_inference_pending_request_count",
        "nv_model_load_duration_secs",
        "nv_pinned_memory_pool_total_bytes",
        "nv_pinned_memory_pool_used_bytes",
    ),
    # Source: pytorch/serve, ts/configs/metrics.yaml
    "torchserve": (
        *("CPUUtilization", "DiskAvailable", "DiskUsage", "DiskUtilization", "GPUMemoryUsed", "GPUMemoryUtilization"),
        *("GPUUtilization", "HandlerTime", "MemoryAvailable", "MemoryUsed", "MemoryUtilization", "PredictionTime"),
        *("QueueTime", "Requests2XX", "Requests4XX", "Requests5XX", "WorkerLoadTime", "WorkerThreadTime"),
    ),
    # Source: https://istio.io/latest/docs/reference/config/metrics/
    "istio": (
        *(
            f"istio_{distribution}_{part}"
            for distribution in ("request_bytes", "request_duration_milliseconds", "response_bytes")
            for part in ("bucket", "count", "sum")
        ),
        *("istio_request_messages_total", "istio_response_messages_total"),
        *("istio_tcp_connections_closed_total", "istio_tcp_connections_opened_total"),
        *("istio_tcp_received_bytes_total", "istio_tcp_sent_bytes_total"),
    ),
    # Source: NVIDIA/dcgm-exporter, etc/default-counters.csv
    "dcgm-exporter": (
        "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS",
        "DCGM_FI_DEV_DEC_UTIL",
        "DCGM_FI_DEV_ENC_UTIL",
        "DCGM_FI_DEV_MEMORY_TEMP",
        "DCGM_FI_DEV_MEM_CLOCK",
        "DCGM_FI_DEV_MEM_COPY_UTIL",
        "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL",
        "DCGM_FI_DEV_PCIE_REPLAY_COUNTER",
        "DCGM_FI_DEV_PCIE_RX_THROUGHPUT",
        "DCGM_FI_DEV_PCIE_TX_THROUGHPUT",
        "DCGM_FI_DEV_ROW_REMAP_FAILURE",
        "DCGM_FI_DEV_SM_CLOCK",
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
        "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
        "DCGM_FI_DEV_VGPU_LICENSE_STATUS",
    ),
    "flagger": (
        *("flagger_canary_duration_seconds_bucket", "flagger_canary_duration_seconds_count"),
        *("flagger_canary_duration_seconds_sum", "flagger_canary_failures_total", "flagger_canary_metric_analysis"),
        *("flagger_canary_successes_total", "flagger_canary_total"),
    ),
    "prometheus": (
        *("ALERTS_FOR_STATE", "scrape_duration_seconds", "scrape_samples_post_metric_relabeling"),
        *("scrape_samples_scraped", "scrape_series_added"),
    ),
}

_FAMILIES: Mapping[str, Iterable[str]] = {
    "tensorflow-serving": (
        *(":tensorflow:api:", ":tensorflow:cc:", ":tensorflow:compiler:", ":tensorflow:core:", ":tensorflow:data:"),
        *(":tensorflow:mlir:", ":tensorflow:serving:batching:"),
    ),
    "triton": ("nv_inference_first_response_", "nv_llm_", "nv_trt_llm_"),
    "istio": ("citadel_", "envoy_", "galley_", "istio_agent_", "pilot_"),
    "dcgm-exporter": ("DCGM_FI_PROF_",),
    "prometheus": ("prometheus_",),
    "kube-state-metrics": ("kube_",),
    "kube-apiserver": ("apiserver_", "kubelet_"),
    "cadvisor": ("container_", "machine_"),
    "keda": ("keda_",),
    "cert-manager": ("certmanager_",),
}
"""How the names of an exporter begin that nobody has listed."""


def names_of(exporter: str) -> Iterator[str]:
    """Every name that is listed of an exporter."""
    yield from EXPORTERS[exporter].series
    yield from _BESIDES.get(exporter, ())


def families_of(exporter: str) -> Iterable[str]:
    """How names of an exporter begin that are not listed one by one."""
    return _FAMILIES.get(exporter, ())
