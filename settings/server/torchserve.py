"""What a stack may set of TorchServe: keys of its ``config.properties``.

Source: docs/configuration.md and ConfigManager.java, version 0.12.0 (https://github.com/pytorch/serve).
"""

from settings.server.names import CPUS, FIXED, LASTING, LIBRARY_VARIABLES, TRANSPORT, Kind, ServerNames

_CONTENTS = "the archive of the version decides it"
_LOADING = "set loadTimeoutSeconds"
_ADDRESSES = "gateway, mesh and network policies decide who may call"

NAMES = ServerNames(
    flags={
        "prefer_direct_buffer": Kind.SWITCH,
        "number_of_netty_threads": Kind.NUMBER,
        "netty_client_threads": Kind.NUMBER,
        "async_logging": Kind.SWITCH,
        "decode_input_request": Kind.SWITCH,
        "max_request_size": Kind.NUMBER,
        "max_response_size": Kind.NUMBER,
        "limit_max_image_pixels": Kind.SWITCH,
        "cors_allowed_origin": Kind.TEXT,
        "cors_allowed_methods": Kind.TEXT,
        "cors_allowed_headers": Kind.TEXT,
        "ipex_enable": Kind.SWITCH,
    },
    variables=("TORCH_*", "PYTORCH_*", *LIBRARY_VARIABLES),
    decided_flags={
        "inference_address": FIXED,
        "management_address": FIXED,
        "metrics_address": FIXED,
        "grpc_inference_address": FIXED,
        "grpc_inference_port": FIXED,
        "grpc_management_address": FIXED,
        "grpc_management_port": FIXED,
        "grpc_inference_max_connection_age_ms": LASTING,
        "model_store": FIXED,
        "load_models": FIXED,
        "models": "set batching",
        "job_queue_size": "set batching",
        "default_workers_per_model": "set batching",
        "default_startup_timeout": _LOADING,
        "default_response_timeout": "the platform gives each answer two minutes",
        "allowed_urls": FIXED,
        "enable_model_api": FIXED,
        "disable_token_authorization": _ADDRESSES,
        "install_py_dep_per_model": _CONTENTS,
        "enable_envvars_config": "set serverFlags",
        "metrics_mode": "set monitoring",
        "enable_metrics_api": "set monitoring",
        "disable_system_metrics": "set monitoring",
        "number_of_gpu": "the devices of resources decide it",
        "default_service_handler": _CONTENTS,
        "vmargs": FIXED,
        "python": FIXED,
        "keystore": TRANSPORT,
        "keystore_pass": TRANSPORT,
        "private_key_file": TRANSPORT,
        "certificate_file": TRANSPORT,
    },
    decided_variables={"OMP_NUM_THREADS": CPUS, "TEMP": FIXED},
)
