"""The flags of `tensorflow_model_server`, as far as they change what a stand-in without GPU does.

Source: tensorflow_serving/model_servers/main.cc. A flag that is not here is refused, as the server would do otherwise
than its caller expects.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from tensorflow_serving_stand_in.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The values of the flags, under their own names; the defaults are TensorFlow Serving's."""

    port: int = 8500
    rest_api_port: int = 0
    rest_api_num_threads: int = 8
    model_config_file: str = ""
    model_name: str = "default"
    model_base_path: str = ""
    monitoring_config_file: str = ""
    grpc_channel_arguments: str = ""
    enable_batching: bool = False
    batching_parameters_file: str = ""
    allow_version_labels_for_unavailable_models: bool = False
    file_system_poll_wait_seconds: int = 1
    max_num_load_retries: int = 5
    load_retry_interval_micros: int = 60_000_000
    enable_model_warmup: bool = True
    tensorflow_intra_op_parallelism: int = 0
    tensorflow_inter_op_parallelism: int = 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise ConfigurationError(message)


def parsed(arguments: Sequence[str]) -> Flags:
    """The flags of a command line.

    Raises:
        ConfigurationError: a flag is unknown or has a value of another type.
    """
    parser = _Parser(prog="tensorflow_model_server", allow_abbrev=False, add_help=False)
    for name, default in vars(Flags()).items():
        kind = _boolean if isinstance(default, bool) else type(default)
        parser.add_argument(f"--{name}", type=kind, default=default)
    return Flags(**vars(parser.parse_args(arguments)))


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() in ("true", "1")
