"""NVIDIA Triton Inference Server.

Sources: ``tritonserver --help``, the proto of its configuration files and its user guide
(https://github.com/triton-inference-server/server: model_configuration, model_repository, metrics; and
https://github.com/triton-inference-server/common: model_config.proto).
"""

import math
from collections.abc import Sequence

from pulumi_kubernetes.core.v1 import HTTPGetActionArgs, ProbeArgs

from components.model_service.runtimes.server import (
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
from components.model_service.runtimes.text_proto import Choice, Message, text_proto
from settings import Backend, Batching, DataType, Devices, Model, ResourceClass, Tensor, Triton, Version, Warmup

HTTP_PORT = 8000
GRPC_PORT = 8001
METRICS_PORT = 8002
METRICS_PATH = "/metrics"
# Those of grpc_service.proto that compute or read. Others at the same port manage the server: the Repository*,
# *SharedMemory*, TraceSetting and LogSettings methods.
GRPC_METHODS = tuple(
    f"inference.GRPCInferenceService/{method}"
    for method in (
        *("ServerLive", "ServerReady", "ServerMetadata"),
        *("ModelReady", "ModelMetadata", "ModelConfig", "ModelStatistics"),
        *("ModelInfer", "ModelStreamInfer"),
    )
)

CONFIGURATION_NAME = "platform"
CONFIGURATION_FILE = f"{CONFIGURATION_NAME}.pbtxt"

_ANSWERED = Series(name="nv_inference_request_success")
LOAD = LoadMetrics(
    requests=_ANSWERED,
    # Those that a client has given up say nothing about the model.
    failures=Series(name="nv_inference_request_failure", matchers=('reason!="CANCELED"',)),
    units_per_millisecond=1000,
    latency=Timed(total=Series(name="nv_inference_request_duration_us"), count=_ANSWERED),
    queue=Timed(total=Series(name="nv_inference_queue_duration_us"), count=_ANSWERED),
)

READINESS = Readiness(
    image=r"(^|/)tritonserver",
    path=r"/v2/(?:health/ready|models/[^/]+(?:/versions/\d+)?/ready)",
    example_path="/v2/health/ready",
    has_grpc_health=True,
)

_DRAIN_SECONDS = 10
_SHARED_MEMORY_PART = 4
# Each backend's name for the number of threads per operation; the others have no such parameter.
_THREAD_PARAMETERS = {
    Backend.ONNXRUNTIME: "intra_op_thread_count",
    Backend.OPENVINO: "INFERENCE_NUM_THREADS",
    Backend.PYTORCH: "INTRA_OP_THREAD_COUNT",
}


def server(model: Model, version: Version, resources: ResourceClass, devices: Devices | None) -> Server:
    """A server of one version of one model.

    Raises:
        ValueError: the model has no ``triton`` section; the settings reject that before anything is deployed.
    """
    if model.triton is None:
        raise ValueError(f"model {model.name}: runtime triton without its section triton")
    return Server(
        command=("/opt/tritonserver/bin/tritonserver",),
        arguments=_arguments(model),
        environment={"OMP_NUM_THREADS": str(threads_of(resources))},
        files={CONFIGURATION_FILE: _configuration(model, model.triton, version, resources, devices)},
        grpc_port=GRPC_PORT,
        http_port=HTTP_PORT,
        metrics_port=METRICS_PORT,
        metrics_path=METRICS_PATH,
        grpc_methods=GRPC_METHODS,
        http_prefix=f"/v2/models/{model.name_in_requests}",
        http_paths=_paths(model),
        probes=_probes(model, version),
        start_timeout_seconds=model.load_timeout_seconds,
        load_metrics=LOAD,
        # Triton looks for a configuration not named config.pbtxt only in this folder of the model.
        configuration_directory=f"{MODELS_DIRECTORY}/{model.name_in_requests}/configs",
        shared_memory_mebibytes=_shared_memory_mebibytes(model.triton, resources),
    )


def _paths(model: Model) -> tuple[str, ...]:
    """All that http_server.cc knows of a model, except ``trace/setting``, which changes the server."""
    addresses = (f"/v2/models/{model.name_in_requests}", f"/v2/models/{model.name_in_requests}/versions/{{*}}")
    suffixes = ("", "/infer", "/generate", "/generate_stream", "/ready", "/config", "/stats")
    return tuple(f"{address}{suffix}" for address in addresses for suffix in suffixes)


def _arguments(model: Model) -> tuple[str, ...]:
    return (
        f"--model-repository={MODELS_DIRECTORY}",
        f"--model-config-name={CONFIGURATION_NAME}",
        # The version is pinned, and models cannot be loaded or unloaded over the network.
        "--model-control-mode=none",
        "--strict-readiness=true",
        "--exit-on-error=true",
        f"--exit-timeout-secs={_DRAIN_SECONDS}",
        *_connection_age(model),
        # Backends that complete a configuration batch four requests by default.
        "--backend-config=default-max-batch-size=0",
        f"--http-port={HTTP_PORT}",
        f"--grpc-port={GRPC_PORT}",
        f"--metrics-port={METRICS_PORT}",
        # NVIDIA's exporter measures the GPUs, with privileges that model servers do not have.
        "--allow-gpu-metrics=false",
        f"--log-info={_written(model.log_level <= 0)}",
        f"--log-warning={_written(model.log_level <= 1)}",
        f"--log-error={_written(model.log_level <= 2)}",
        *flags_of(model),
    )


def _connection_age(model: Model) -> tuple[str, ...]:
    milliseconds = connection_milliseconds(model)
    return (f"--grpc-max-connection-age={milliseconds}",) if milliseconds else ()


def _written(value: bool) -> str:
    return str(value).lower()


def _configuration(
    model: Model, triton: Triton, version: Version, resources: ResourceClass, devices: Devices | None
) -> str:
    """The model's configuration; Triton completes it from the model's files."""
    instances = model.batching.num_batch_threads if model.batching else 1
    config: dict[str, str | int | Message | Sequence[Message]] = {
        "name": model.name_in_requests,
        "backend": triton.backend,
        "max_batch_size": model.batching.max_batch_size if model.batching else 0,
        "version_policy": {"specific": {"versions": [version.version]}},
        "instance_group": [{"count": instances, "kind": Choice("KIND_GPU" if devices else "KIND_CPU")}],
        "input": [_tensor(tensor) for tensor in triton.inputs],
        "output": [_tensor(tensor) for tensor in triton.outputs],
        "parameters": _parameters(triton, math.ceil(threads_of(resources) / instances)),
    }
    if model.batching:
        config["dynamic_batching"] = _dynamic_batching(model.batching)
    if model.warmup is Warmup.REQUIRED:
        config["model_warmup"] = [_warmup(triton)]
    return text_proto(config)


def _tensor(tensor: Tensor) -> Message:
    return {"name": tensor.name, "data_type": _type(tensor.data_type), "dims": list(tensor.dims)}


def _type(data_type: DataType) -> Choice:
    """The proto's name for a type; it calls bytes strings."""
    return Choice("TYPE_STRING" if data_type is DataType.BYTES else f"TYPE_{data_type}")


def _parameters(triton: Triton, threads: int) -> list[Message]:
    key = _THREAD_PARAMETERS.get(triton.backend)
    return [{"key": key, "value": {"string_value": str(threads)}}] if key else []


def _dynamic_batching(batching: Batching) -> Message:
    return {
        "max_queue_delay_microseconds": batching.batch_timeout_micros,
        # Triton counts the requests that wait, and a batch holds at most that many of them.
        "default_queue_policy": {"max_queue_size": batching.max_enqueued_batches * batching.max_batch_size},
    }


def _warmup(triton: Triton) -> Message:
    """One request of zeros before the model is ready, 1 where a dimension has any size."""
    return {
        "name": "zeros",
        "batch_size": 1,
        "inputs": [
            {
                "key": tensor.name,
                "value": {
                    "data_type": _type(tensor.data_type),
                    "dims": [max(1, size) for size in tensor.dims],
                    "zero_data": True,
                },
            }
            for tensor in triton.inputs
        ],
    }


def _shared_memory_mebibytes(triton: Triton, resources: ResourceClass) -> int:
    """Tensors go to the Python backend's processes and back through shared memory, which counts as the container's."""
    return resources.memory_bytes // _SHARED_MEMORY_PART // 2**20 if triton.backend is Backend.PYTHON else 0


def _probes(model: Model, version: Version) -> Probes:
    # The ports open when every model is loaded, so before that no request is answered.
    loaded = HTTPGetActionArgs(
        path=f"/v2/models/{model.name_in_requests}/versions/{version.version}/ready", port=HTTP_PORT, scheme="HTTP"
    )
    answers = HTTPGetActionArgs(path="/v2/health/live", port=HTTP_PORT, scheme="HTTP")
    return Probes(
        startup=ProbeArgs(
            http_get=loaded,
            period_seconds=STARTUP_PROBE_SECONDS,
            timeout_seconds=5,
            failure_threshold=math.ceil(model.load_timeout_seconds / STARTUP_PROBE_SECONDS),
        ),
        readiness=ProbeArgs(
            http_get=loaded, period_seconds=5, timeout_seconds=5, failure_threshold=2, success_threshold=1
        ),
        # Slower and more patient than readiness: a busy server leaves the rotation before it is restarted.
        liveness=ProbeArgs(http_get=answers, period_seconds=15, timeout_seconds=10, failure_threshold=4),
    )
