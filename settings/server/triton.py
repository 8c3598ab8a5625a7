"""What a stack may set of ``tritonserver``.

Source: the options of src/command_line_parser.cc (https://github.com/triton-inference-server/server).
"""

from settings.server.names import CPUS, FIXED, LASTING, LIBRARY_VARIABLES, TRANSPORT, Kind, ServerNames

_LOGGED = "set logLevel"
_REPOSITORY = "the platform lays out the folder of the model"

NAMES = ServerNames(
    flags={
        "log-verbose": Kind.NUMBER,
        "log-format": Kind.TEXT,
        "http-thread-count": Kind.NUMBER,
        "http-header-forward-pattern": Kind.TEXT,
        "grpc-header-forward-pattern": Kind.TEXT,
        "grpc-infer-allocation-pool-size": Kind.NUMBER,
        "grpc-infer-response-compression-level": Kind.TEXT,
        "grpc-keepalive-time": Kind.NUMBER,
        "grpc-keepalive-timeout": Kind.NUMBER,
        "grpc-keepalive-permit-without-calls": Kind.SWITCH,
        "grpc-http2-max-pings-without-data": Kind.NUMBER,
        "grpc-http2-min-recv-ping-interval-without-data": Kind.NUMBER,
        "grpc-http2-max-ping-strikes": Kind.NUMBER,
        "allow-cpu-metrics": Kind.SWITCH,
        "metrics-interval-ms": Kind.NUMBER,
        "rate-limit": Kind.TEXT,
        "pinned-memory-pool-byte-size": Kind.NUMBER,
        "cuda-memory-pool-byte-size": Kind.TEXT,
        "cuda-virtual-address-size": Kind.TEXT,
        "min-supported-compute-capability": Kind.NUMBER,
        "buffer-manager-thread-count": Kind.NUMBER,
        "model-load-thread-count": Kind.NUMBER,
    },
    variables=("TORCH_*", "PYTORCH_*", *LIBRARY_VARIABLES),
    decided_flags={
        "http-port": FIXED,
        "grpc-port": FIXED,
        "metrics-port": FIXED,
        "allow-http": FIXED,
        "allow-grpc": FIXED,
        "allow-metrics": FIXED,
        "metrics-config": "monitoring reads the counters as they are",
        "allow-gpu-metrics": "the exporter of gpuSoftware measures the cards",
        "model-repository": _REPOSITORY,
        "model-store": _REPOSITORY,
        "model-config-name": _REPOSITORY,
        "backend-directory": _REPOSITORY,
        "cache-config": "no model is configured to use a response cache",
        "cache-directory": _REPOSITORY,
        "repoagent-directory": _REPOSITORY,
        "model-control-mode": "versions never change in a pod",
        "load-model": "versions never change in a pod",
        "repository-poll-secs": "versions never change in a pod",
        "strict-readiness": FIXED,
        "exit-on-error": FIXED,
        "exit-timeout-secs": "set drainSeconds",
        "grpc-max-connection-age": LASTING,
        "grpc-max-connection-age-grace": LASTING,
        "backend-config": "set batching and triton",
        "log-info": _LOGGED,
        "log-warning": _LOGGED,
        "log-error": _LOGGED,
        "log-file": "logs go to the output of the container",
        "grpc-use-ssl": TRANSPORT,
        "grpc-use-ssl-mutual": TRANSPORT,
    },
    decided_variables={"OMP_NUM_THREADS": CPUS},
)
