"""What a stack may set of ``tensorflow_model_server``.

Source: the flags of tensorflow_serving/model_servers/main.cc (https://github.com/tensorflow/serving).
"""

from settings.server.names import CPUS, FIXED, LASTING, LIBRARY_VARIABLES, TRANSPORT, Kind, ServerNames

_FILES = "the platform writes its configuration files"
_LOADING = "loadTimeoutSeconds is how long loading may take"
_BATCHING = "set batching"

NAMES = ServerNames(
    flags={
        "rest_api_timeout_in_ms": Kind.NUMBER,
        "rest_api_enable_cors_support": Kind.SWITCH,
        "num_load_threads": Kind.NUMBER,
        "num_unload_threads": Kind.NUMBER,
        "flush_filesystem_caches": Kind.SWITCH,
        "saved_model_tags": Kind.TEXT,
        "grpc_max_threads": Kind.NUMBER,
        "num_request_iterations_for_warmup": Kind.NUMBER,
        "remove_unused_fields_from_bundle_metagraph": Kind.SWITCH,
        "prefer_tflite_model": Kind.SWITCH,
        "num_tflite_pools": Kind.NUMBER,
        "num_tflite_interpreters_per_pool": Kind.NUMBER,
        "enable_signature_method_name_check": Kind.SWITCH,
        "xla_cpu_compilation_enabled": Kind.SWITCH,
    },
    variables=("TF_*", *LIBRARY_VARIABLES),
    decided_flags={
        "port": FIXED,
        "grpc_socket_path": FIXED,
        "rest_api_port": FIXED,
        "rest_api_num_threads": CPUS,
        "tensorflow_session_parallelism": CPUS,
        "tensorflow_intra_op_parallelism": CPUS,
        "tensorflow_inter_op_parallelism": CPUS,
        "per_process_gpu_memory_fraction": "the share of a card of resources decides it",
        "model_name": "set servedName",
        "model_base_path": FIXED,
        "model_config_file": _FILES,
        "model_config_file_poll_wait_seconds": _FILES,
        "monitoring_config_file": _FILES,
        "platform_config_file": _FILES,
        "tensorflow_session_config_file": _FILES,
        "thread_pool_factory_config_file": _FILES,
        "batching_parameters_file": _BATCHING,
        "enable_batching": _BATCHING,
        "enable_per_model_batching_parameters": _BATCHING,
        "enable_model_warmup": "set warmup",
        "allow_version_labels_for_unavailable_models": "set versions[].labels",
        "file_system_poll_wait_seconds": "versions never change in a pod",
        "max_num_load_retries": _LOADING,
        "load_retry_interval_micros": _LOADING,
        "grpc_channel_arguments": LASTING,
        "ssl_config_file": TRANSPORT,
        "use_alts_credentials": TRANSPORT,
        "enable_profiler": "nobody may profile a server over its port",
    },
    decided_variables={
        "TF_CPP_MIN_LOG_LEVEL": "set logLevel",
        "OMP_NUM_THREADS": CPUS,
        "TF_FORCE_GPU_ALLOW_GROWTH": "the devices of resources decide it",
    },
)
