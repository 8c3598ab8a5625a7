"""TensorFlow Serving.

Sources: the flags and help texts of ``tensorflow_model_server``, and the protos of its configuration files
(https://github.com/tensorflow/serving: model_server_config, monitoring_config, session_bundle_config).
"""

import math

from pulumi_kubernetes.core.v1 import HTTPGetActionArgs, ProbeArgs

from components.model_service.runtimes.server import (
    CONFIGURATION_DIRECTORY,
    MODELS_DIRECTORY,
    STARTUP_PROBE_SECONDS,
    LoadMetrics,
    Probes,
    Readiness,
    Series,
    Server,
    Timed,
    connection_milliseconds,
    flags_of,
    threads_of,
)
from components.model_service.runtimes.text_proto import Message, text_proto
from settings import Batching, Devices, Model, ResourceClass, Version

GRPC_PORT = 8500
HTTP_PORT = 8501
METRICS_PATH = "/monitoring/prometheus/metrics"  # there is no /metrics
# All of prediction_service.proto. The other method of ModelService loads and unloads models.
GRPC_METHODS = (
    *(
        f"tensorflow.serving.PredictionService/{method}"
        for method in ("Classify", "Regress", "Predict", "MultiInference", "GetModelMetadata")
    ),
    "tensorflow.serving.ModelService/GetModelStatus",
)

MODELS_FILE = "models.config"
MONITORING_FILE = "monitoring.config"
BATCHING_FILE = "batching.config"

# Only the metadata of a version needs the loaded model: GET /v1/models/NAME answers 200 in every state. The gRPC health
# service is off by default, and never changes.
READINESS = Readiness(
    image=r"(^|/)tensorflow[-_/]serving",
    path=r"/v1/models/[^/]+/versions/\d+/metadata",
    example_path="/v1/models/NAME/versions/N/metadata",
)

_LOAD_RETRIES = 5
_LOAD_RETRY_INTERVAL_SECONDS = 60
_MICROS_PER_SECOND = 1_000_000

# Status probes over REST are counted as well, with an empty API. request_count has no such label, so the count of the
# latency histogram, in microseconds and of answered requests only, is what tells inference from probing.
_INFERENCES = ('API=~"[Pp]redict|[Cc]lassify|[Rr]egress"',)
_COUNTED = ":tensorflow:serving:request_count"
# A request that is malformed, names no model, version or signature that there is, or was given up.
_OF_CLIENTS = ("CANCELLED", "INVALID_ARGUMENT", "NOT_FOUND")
_ANSWERED = Series(name=":tensorflow:serving:request_latency_count", matchers=_INFERENCES)
_QUEUED, _WARMED_UP = ":tensorflow:serving:batching_session:queuing_latency", ":tensorflow:serving:model_warmup_latency"
LOAD = LoadMetrics(
    requests=_ANSWERED,
    latency_buckets=Series(name=":tensorflow:serving:request_latency_bucket", matchers=_INFERENCES),
    # Of both protocols, by the gRPC status: RecordModelRequestCount in prediction_service_impl.cc.
    failures=Series(name=_COUNTED, matchers=('status!="OK"',)),
    own_failures=Series(name=_COUNTED, matchers=(f'status!~"OK|{"|".join(_OF_CLIENTS)}"',)),
    units_per_millisecond=1000,
    latency=Timed(
        total=Series(name=":tensorflow:serving:request_latency_sum", matchers=_INFERENCES),
        count=_ANSWERED,
    ),
    # Of batching_session.cc, which has no series without batching.
    queue=Timed(total=Series(name=f"{_QUEUED}_sum"), count=Series(name=f"{_QUEUED}_count")),
    warmup=Timed(total=Series(name=f"{_WARMED_UP}_sum"), count=Series(name=f"{_WARMED_UP}_count")),
)


def server(model: Model, version: Version, resources: ResourceClass, devices: Devices | None) -> Server:
    """A server of one version of one model."""
    return Server(
        command=("/usr/bin/tensorflow_model_server",),
        arguments=_arguments(model, resources, devices),
        environment=_environment(model, resources, devices),
        files=_files(model, version),
        grpc_port=GRPC_PORT,
        http_port=HTTP_PORT,
        metrics_port=HTTP_PORT,
        metrics_path=METRICS_PATH,
        grpc_methods=GRPC_METHODS,
        http_prefix=f"/v1/models/{model.name_in_requests}",
        http_paths=tuple(f"/v1/models/{model.name_in_requests}{rest}" for rest in ("", "/*", ":*")),
        probes=_probes(model, version),
        start_timeout_seconds=_start_timeout_seconds(model),
        load_metrics=LOAD,
        warmup=model.warmup,
    )


def _arguments(model: Model, resources: ResourceClass, devices: Devices | None) -> tuple[str, ...]:
    threads = threads_of(resources)
    batching = (
        ("--enable_batching=true", f"--batching_parameters_file={CONFIGURATION_DIRECTORY}/{BATCHING_FILE}")
        if model.batching
        else ()
    )
    return (
        f"--port={GRPC_PORT}",
        f"--rest_api_port={HTTP_PORT}",
        f"--rest_api_num_threads={4 * threads}",
        f"--model_config_file={CONFIGURATION_DIRECTORY}/{MODELS_FILE}",
        f"--monitoring_config_file={CONFIGURATION_DIRECTORY}/{MONITORING_FILE}",
        # The version is pinned and its files never change, so there is nothing to poll.
        "--file_system_poll_wait_seconds=0",
        # A label may only name a loaded version, and none is loaded yet at the first start.
        "--allow_version_labels_for_unavailable_models=true",
        f"--tensorflow_intra_op_parallelism={threads}",
        f"--tensorflow_inter_op_parallelism={threads}",
        f"--max_num_load_retries={_LOAD_RETRIES}",
        f"--load_retry_interval_micros={_LOAD_RETRY_INTERVAL_SECONDS * _MICROS_PER_SECOND}",
        *_connection_age(model),
        *_memory_bound(devices),
        *batching,
        *flags_of(model),
    )


def _connection_age(model: Model) -> tuple[str, ...]:
    milliseconds = connection_milliseconds(model)
    return (f"--grpc_channel_arguments=grpc.max_connection_age_ms={milliseconds}",) if milliseconds else ()


def _memory_bound(devices: Devices | None) -> tuple[str, ...]:
    """Pods that time-share a GPU see all of its memory; one that uses more than its share makes others fail."""
    if devices is None or devices.memory_share is None:
        return ()
    thousandths = math.floor(devices.memory_share * 1000)
    return (f"--per_process_gpu_memory_fraction={thousandths / 1000:g}",)


def _environment(model: Model, resources: ResourceClass, devices: Devices | None) -> dict[str, str]:
    environment = {
        "TF_CPP_MIN_LOG_LEVEL": str(model.log_level),
        # Without it the BLAS and OpenMP pools are sized by the node's cores and throttled by the container's limit.
        "OMP_NUM_THREADS": str(threads_of(resources)),
    }
    if devices:
        # By default TensorFlow allocates all GPU memory when it starts, leaving none for a second process.
        environment["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    return environment


def _files(model: Model, version: Version) -> dict[str, str]:
    files = {
        MODELS_FILE: text_proto({"model_config_list": {"config": _model_config(model, version)}}),
        MONITORING_FILE: text_proto({"prometheus_config": {"enable": True, "path": METRICS_PATH}}),
    }
    if model.batching:
        files[BATCHING_FILE] = _batching_parameters(model.batching)
    return files


def _model_config(model: Model, version: Version) -> Message:
    return {
        "name": model.name_in_requests,
        "base_path": f"{MODELS_DIRECTORY}/{model.name_in_requests}",
        "model_platform": "tensorflow",
        "model_version_policy": {"specific": {"versions": [version.version]}},
        "version_labels": [{"key": label, "value": version.version} for label in version.labels],
    }


def _batching_parameters(batching: Batching) -> str:
    return text_proto(
        {
            "max_batch_size": {"value": batching.max_batch_size},
            "batch_timeout_micros": {"value": batching.batch_timeout_micros},
            "max_enqueued_batches": {"value": batching.max_enqueued_batches},
            "num_batch_threads": {"value": batching.num_batch_threads},
            "allowed_batch_sizes": batching.allowed_batch_sizes,
        }
    )


def _start_timeout_seconds(model: Model) -> int:
    """The ports open after the first load, and a failed load is retried a minute later."""
    return model.load_timeout_seconds + _LOAD_RETRIES * _LOAD_RETRY_INTERVAL_SECONDS


def _probes(model: Model, version: Version) -> Probes:
    # /v1/models/NAME answers 200 while a model is still loading; the metadata of a version needs the loaded servable.
    loaded = HTTPGetActionArgs(
        path=f"/v1/models/{model.name_in_requests}/versions/{version.version}/metadata", port=HTTP_PORT, scheme="HTTP"
    )
    answers = HTTPGetActionArgs(path=f"/v1/models/{model.name_in_requests}", port=HTTP_PORT, scheme="HTTP")
    return Probes(
        startup=ProbeArgs(
            http_get=loaded,
            period_seconds=STARTUP_PROBE_SECONDS,
            timeout_seconds=5,
            failure_threshold=math.ceil(_start_timeout_seconds(model) / STARTUP_PROBE_SECONDS),
        ),
        readiness=ProbeArgs(
            http_get=loaded, period_seconds=5, timeout_seconds=5, failure_threshold=2, success_threshold=1
        ),
        # Slower and more patient than readiness: a busy server leaves the rotation before it is restarted.
        liveness=ProbeArgs(http_get=answers, period_seconds=15, timeout_seconds=10, failure_threshold=4),
    )
