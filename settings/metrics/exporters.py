"""The series that exporters have, by their own sources or documentation: no rule may read others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """Names, and where they were read."""

    source: str
    series: Sequence[str]


EXPORTERS: Mapping[str, Exporter] = {
    "tensorflow-serving": Exporter(
        source="tensorflow/serving: tensorflow_serving/servables/tensorflow/util.cc",
        series=(
            ":tensorflow:serving:request_count",
            ":tensorflow:serving:request_latency_bucket",
            ":tensorflow:serving:request_latency_count",
            ":tensorflow:serving:request_latency_sum",
        ),
    ),
    "tensorflow-serving with batching": Exporter(
        source="tensorflow/serving: tensorflow_serving/batching/batching_session.cc",
        series=(
            ":tensorflow:serving:batching_session:queuing_latency_count",
            ":tensorflow:serving:batching_session:queuing_latency_sum",
        ),
    ),
    "tensorflow-serving with requests to warm up": Exporter(
        source="tensorflow/serving: tensorflow_serving/servables/tensorflow/saved_model_warmup_util.cc",
        series=(
            ":tensorflow:serving:model_warmup_latency_count",
            ":tensorflow:serving:model_warmup_latency_sum",
        ),
    ),
    "triton": Exporter(
        source="triton-inference-server/server: docs/user_guide/metrics.md",
        series=(
            "nv_inference_queue_duration_us",
            "nv_inference_request_duration_us",
            "nv_inference_request_failure",
            "nv_inference_request_success",
        ),
    ),
    "torchserve": Exporter(
        source="pytorch/serve: docs/metrics.md",
        series=("ts_inference_latency_microseconds", "ts_inference_requests_total", "ts_queue_latency_microseconds"),
    ),
    "prometheus": Exporter(
        source="prometheus/docs: concepts/jobs_instances.md; prometheus/prometheus: configuration/alerting_rules.md",
        series=("ALERTS", "up"),
    ),
    "kube-state-metrics": Exporter(
        source="kubernetes/kube-state-metrics: docs/metrics/workload/*.md, docs/metrics/cluster/*.md",
        series=(
            "kube_deployment_spec_replicas",
            "kube_deployment_status_replicas_available",
            "kube_horizontalpodautoscaler_spec_max_replicas",
            "kube_horizontalpodautoscaler_status_condition",
            "kube_horizontalpodautoscaler_status_current_replicas",
            "kube_job_failed",
            "kube_namespace_created",
            "kube_node_status_allocatable",
            "kube_node_status_capacity",
            "kube_node_status_condition",
            "kube_pod_container_resource_limits",
            "kube_pod_container_resource_requests",
            "kube_pod_container_status_restarts_total",
            "kube_pod_start_time",
            "kube_pod_status_phase",
            "kube_pod_status_ready_time",
            "kube_pod_info",
            "kube_pod_init_container_status_last_terminated_exitcode",
            "kube_pod_init_container_status_ready",
            "kube_statefulset_replicas",
            "kube_statefulset_status_replicas_available",
        ),
    ),
    "kube-apiserver": Exporter(
        source="kubernetes/kubernetes: staging/src/k8s.io/apiserver/pkg/endpoints/metrics/metrics.go",
        series=("apiserver_request_total",),
    ),
    "istio": Exporter(
        source="istio/istio: pilot/cmd/pilot-agent/metrics/metrics.go, with the prefix of status/server.go; "
        "istio/proxy: source/extensions/filters/http/istio_stats/istio_stats.cc",
        series=("istio_agent_scrape_failures_total", "istio_requests_total"),
    ),
    "cadvisor": Exporter(
        source="google/cadvisor: docs/storage/prometheus.md",
        series=("container_cpu_usage_seconds_total", "container_memory_working_set_bytes"),
    ),
    "dcgm-exporter": Exporter(
        source="NVIDIA/dcgm-exporter: etc/default-counters.csv; ours in components/gpu_software/manifests/counters.csv",
        series=(
            "DCGM_FI_DEV_FB_FREE",
            "DCGM_FI_DEV_FB_USED",
            "DCGM_FI_DEV_GPU_TEMP",
            "DCGM_FI_DEV_GPU_UTIL",
            "DCGM_FI_DEV_POWER_USAGE",
            "DCGM_FI_DEV_XID_ERRORS",
        ),
    ),
    "amd-metrics-exporter": Exporter(
        source="ROCm/device-metrics-exporter: docs/configuration/metricslist.md, pkg/amdgpu/gpuagent",
        series=("gpu_gfx_activity", "gpu_health", "gpu_total_vram", "gpu_used_vram"),
    ),
    "gaudi-metric-exporter": Exporter(
        source="HabanaAI/gaudi-metric-exporter: samples.go; labels in exporter.go",
        series=(
            "habanalabs_memory_total_bytes",
            "habanalabs_memory_used_bytes",
            "habanalabs_pending_rows_with_double_bit_ecc_errors",
            "habanalabs_utilization",
        ),
    ),
    "keda": Exporter(
        source="kedacore/keda v2.21.0: pkg/metricscollector/prommetrics.go",
        series=("keda_build_info", "keda_scaler_detail_errors_total"),
    ),
    "flagger": Exporter(
        source="fluxcd/flagger v1.44.0: pkg/metrics/recorder.go",
        series=("flagger_canary_status", "flagger_canary_weight", "flagger_info"),
    ),
    "fluentd": Exporter(
        source="fluent/fluent-plugin-prometheus v2.2.1: lib/fluent/plugin/in_prometheus_output_monitor.rb; "
        "components/logging_stack/manifests/pipeline.py",
        series=(
            "collector_dead_letters_total",
            "collector_read_records_total",
            "fluentd_output_status_buffer_available_space_ratio",
            "fluentd_output_status_num_errors",
        ),
    ),
    "drift-sampler": Exporter(
        source="model_images/sampler/drift_sampler/exposition.py",
        series=(
            "inference_sampler_copies_total",
            "inference_sampler_held",
            "inference_sampler_missing_values_total",
            "inference_sampler_reference_loaded",
            "inference_sampler_reference_share",
            "inference_sampler_rows_total",
            "inference_sampler_stability_index",
            "inference_sampler_version",
            "inference_sampler_window_samples",
            "inference_sampler_window_share",
        ),
    ),
    "graph-router": Exporter(
        source="model_images/router/graph_router/measures.py",
        series=(
            "inference_router_edge_fallbacks_total",
            "inference_router_edge_requests_total",
            "inference_router_edge_retries_total",
            "inference_router_edge_seconds_bucket",
            "inference_router_edge_seconds_count",
            "inference_router_edge_seconds_sum",
            "inference_router_in_flight",
            "inference_router_request_seconds_bucket",
            "inference_router_request_seconds_count",
            "inference_router_request_seconds_sum",
            "inference_router_requests_total",
        ),
    ),
    "cert-manager": Exporter(
        source="cert-manager/cert-manager: internal/collectors/certificate_collector.go; earlier pkg/metrics",
        series=("certmanager_certificate_expiration_timestamp_seconds",),
    ),
}
