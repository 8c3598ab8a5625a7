"""TorchServe, which is archived upstream: for models that already use it.

Sources: its documentation (configuration, metrics, inference_api, token_authorization_api) and its sources, version
0.12.0 (https://github.com/pytorch/serve).
"""

import json
import math
from pathlib import Path

from pulumi_kubernetes.core.v1 import ExecActionArgs, HTTPGetActionArgs, ProbeArgs

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
    threads_of,
)
from components.security import SCRATCH_DIRECTORY
from settings import Devices, Model, ResourceClass, Version, quantity_bytes

HTTP_PORT = 8080
MANAGEMENT_PORT = 8081
METRICS_PORT = 8082
GRPC_PORT = 7070
GRPC_MANAGEMENT_PORT = 7071
METRICS_PATH = "/metrics"
# All of inference.proto; models are managed by another service, at a port of its own.
GRPC_METHODS = tuple(
    f"org.pytorch.serve.grpc.inference.InferenceAPIsService/{method}"
    for method in ("Ping", "Predictions", "StreamPredictions", "StreamPredictions2")
)

CONFIGURATION_FILE = "config.properties"
LOGGING_FILE = "log4j2.properties"
RUN_FILE = "run_torchserve.py"

# Its latency is a counter in microseconds, from which no quantile can be computed. Its counts of answers by status know
# nothing of gRPC.
_ASKED = Series(name="ts_inference_requests_total")
LOAD = LoadMetrics(
    requests=_ASKED,
    units_per_millisecond=1000,
    latency=Timed(total=Series(name="ts_inference_latency_microseconds"), count=_ASKED),
    queue=Timed(total=Series(name="ts_queue_latency_microseconds"), count=_ASKED),
)

# It has no gRPC health service.
READINESS = Readiness(image=r"(^|/)torchserve", path="/ping", example_path="/ping")

_LOG_LEVELS = ("info", "warn", "error", "fatal")
_SCRATCH_MEBIBYTES = 64
_UNPACKED_PER_SIZE = 2
_RESPONSE_SECONDS = 120
# /ping answers 200 even if no model could be loaded. Only the management API knows a model's state, and it is reachable
# from inside the pod only. The gRPC port opens after the HTTP ports.
_HAS_LOADED = (
    "import json, socket, sys, urllib.request as request; "
    "socket.create_connection(sys.argv[2].split(':'), timeout=4).close(); "
    "workers = json.load(request.urlopen(sys.argv[1], timeout=4))[0]['workers']; "
    "sys.exit(not any(worker['status'] == 'READY' for worker in workers))"
)

Properties = dict[str, str | float | bool]


def server(model: Model, version: Version, resources: ResourceClass, devices: Devices | None) -> Server:
    """A server of one version of one model, from the archive ``<model>.mar`` among its files."""
    unpacked = math.ceil(_UNPACKED_PER_SIZE * quantity_bytes(model.size) / 2**20)
    return Server(
        command=("python", f"{CONFIGURATION_DIRECTORY}/{RUN_FILE}"),
        arguments=(
            _LOG_LEVELS[model.log_level],
            "torchserve",
            "--start",
            "--foreground",
            "--no-config-snapshots",
            f"--ts-config={CONFIGURATION_DIRECTORY}/{CONFIGURATION_FILE}",
            f"--log-config={CONFIGURATION_DIRECTORY}/{LOGGING_FILE}",
        ),
        environment={
            "OMP_NUM_THREADS": str(threads_of(resources)),
            # Archives are unpacked here; no other directory is writable.
            "TEMP": SCRATCH_DIRECTORY,
        },
        files={
            CONFIGURATION_FILE: _written(_configuration(model, version, devices)),
            LOGGING_FILE: _written(_logging(model)),
            RUN_FILE: (Path(__file__).parents[1] / "scripts" / RUN_FILE).read_text(encoding="utf-8"),
        },
        grpc_port=GRPC_PORT,
        http_port=HTTP_PORT,
        metrics_port=METRICS_PORT,
        metrics_path=METRICS_PATH,
        grpc_methods=GRPC_METHODS,
        http_prefix=f"/predictions/{model.name_in_requests}",
        http_paths=(f"/predictions/{model.name_in_requests}", f"/predictions/{model.name_in_requests}/*"),
        probes=_probes(model, version),
        start_timeout_seconds=model.load_timeout_seconds,
        load_metrics=LOAD,
        needed_file=_archive(model),
        scratch_mebibytes=_SCRATCH_MEBIBYTES + unpacked,
    )


def _configuration(model: Model, version: Version, devices: Devices | None) -> Properties:
    archive = _archive(model)
    return {
        "inference_address": f"http://0.0.0.0:{HTTP_PORT}",
        "management_address": f"http://127.0.0.1:{MANAGEMENT_PORT}",
        "metrics_address": f"http://0.0.0.0:{METRICS_PORT}",
        "grpc_inference_address": "0.0.0.0",  # noqa: S104 - the pod's own address, behind its network policies
        "grpc_inference_port": GRPC_PORT,
        **_connection_age(model),
        "grpc_management_address": "127.0.0.1",
        "grpc_management_port": GRPC_MANAGEMENT_PORT,
        "model_store": f"{MODELS_DIRECTORY}/{model.name_in_requests}/{version.version}",
        "load_models": f"{model.name_in_requests}={archive}",
        "models": json.dumps({model.name_in_requests: {str(version.version): _workers(model, archive)}}),
        "allowed_urls": "file://.*",
        "enable_model_api": False,
        # Its tokens are generated at each start and stored in a file in the pod, where no client can read them.
        # The network policies and the gateway decide who may call.
        "disable_token_authorization": True,
        "install_py_dep_per_model": False,
        "enable_envvars_config": False,
        "metrics_mode": "prometheus",
        "disable_system_metrics": True,
        "number_of_gpu": devices.count if devices else 0,
        "job_queue_size": _job_queue_size(model),
        "default_startup_timeout": model.load_timeout_seconds,
        "default_response_timeout": _RESPONSE_SECONDS,
        **model.server_flags,
    }


def _archive(model: Model) -> str:
    return f"{model.name}.mar"


def _connection_age(model: Model) -> Properties:
    milliseconds = connection_milliseconds(model)
    return {"grpc_inference_max_connection_age_ms": milliseconds} if milliseconds else {}


def _workers(model: Model, archive: str) -> dict[str, str | int | bool]:
    """The configuration of one version; without batching, each worker handles one request at a time."""
    batching = model.batching
    workers = batching.num_batch_threads if batching else 1
    return {
        "defaultVersion": True,
        "marName": archive,
        "minWorkers": workers,
        "maxWorkers": workers,
        "batchSize": batching.max_batch_size if batching else 1,
        "maxBatchDelay": batching.batch_timeout_micros // 1000 if batching else 1,
        "startupTimeout": model.load_timeout_seconds,
        "responseTimeout": _RESPONSE_SECONDS,
    }


def _job_queue_size(model: Model) -> int:
    """Requests that may wait, of which a batch holds at most ``max_batch_size``."""
    return model.batching.max_enqueued_batches * model.batching.max_batch_size if model.batching else 100


def _logging(model: Model) -> Properties:
    """Everything to the container's output: nobody could read the files that it writes by default."""
    return {
        "appender.console.type": "Console",
        "appender.console.name": "console",
        "appender.console.layout.type": "PatternLayout",
        "appender.console.layout.pattern": "%d{ISO8601} %-5p %c: %m%n",
        "rootLogger.level": _LOG_LEVELS[model.log_level],
        "rootLogger.appenderRef.console.ref": "console",
        # Why a model cannot be loaded: RUN_FILE reads it, and leaves out of the log what is below the level.
        "logger.model.name": "MODEL_LOG",
        "logger.model.level": "info",
        "logger.load.name": "org.pytorch.serve.wlm.BatchAggregator",
        "logger.load.level": _LOG_LEVELS[min(model.log_level, 1)],
    }


def _written(properties: Properties) -> str:
    """Java's form of a properties file; none of these values needs its escapes."""
    return "".join(
        f"{key}={str(value).lower() if isinstance(value, bool) else value}\n" for key, value in properties.items()
    )


def _probes(model: Model, version: Version) -> Probes:
    description = f"http://127.0.0.1:{MANAGEMENT_PORT}/models/{model.name_in_requests}/{version.version}"
    # A loaded model is never unloaded, so /ping is enough: it reports whether the workers are alive.
    workers_live = HTTPGetActionArgs(path="/ping", port=HTTP_PORT, scheme="HTTP")
    return Probes(
        startup=ProbeArgs(
            exec_=ExecActionArgs(command=["python", "-c", _HAS_LOADED, description, f"127.0.0.1:{GRPC_PORT}"]),
            period_seconds=STARTUP_PROBE_SECONDS,
            timeout_seconds=5,
            failure_threshold=math.ceil(model.load_timeout_seconds / STARTUP_PROBE_SECONDS),
        ),
        readiness=ProbeArgs(
            http_get=workers_live, period_seconds=5, timeout_seconds=5, failure_threshold=2, success_threshold=1
        ),
        # Slower and more patient than readiness: the server itself restarts a worker that died.
        liveness=ProbeArgs(http_get=workers_live, period_seconds=15, timeout_seconds=10, failure_threshold=20),
    )
