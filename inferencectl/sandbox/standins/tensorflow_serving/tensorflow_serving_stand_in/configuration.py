"""The text-proto files of a server, read as TensorFlow Serving's messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2
from tensorflow_serving.config.file_system_storage_path_source_pb2 import FileSystemStoragePathSourceConfig

from tensorflow_serving_stand_in import serving_configuration_pb2 as messages
from tensorflow_serving_stand_in.errors import ConfigurationError
from tensorflow_serving_stand_in.flags import Flags

_Policy: Any = FileSystemStoragePathSourceConfig.ServableVersionPolicy
DEFAULT_METRICS_PATH = "/monitoring/prometheus/metrics"


@dataclass(frozen=True, kw_only=True)
class ModelConfiguration:
    """A model: the numbers of the versions to serve, and those that labels stand for."""

    name: str
    base_path: Path
    versions: Sequence[int]
    labels: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class BatchingConfiguration:
    """How requests are put together; the defaults are TensorFlow Serving's (batching/shared_batch_scheduler.h)."""

    max_batch_size: int = 1000
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = 1
    allowed_batch_sizes: Sequence[int] = ()


def models(flags: Flags) -> Sequence[ModelConfiguration]:
    """The models to serve.

    Raises:
        ConfigurationError: there is no model, a file is not of the right form, or a version does not exist.
    """
    if not flags.model_config_file:
        if not flags.model_base_path:
            raise ConfigurationError("neither --model_config_file nor --model_base_path is set")
        return [_model(flags.model_name, flags.model_base_path, _Policy(), {})]
    found: Any = _parsed(flags.model_config_file, model_server_config_pb2.ModelServerConfig())
    return [
        _model(each.name, each.base_path, each.model_version_policy, dict(each.version_labels))
        for each in found.model_config_list.config
    ]


def metrics_path(flags: Flags) -> str | None:
    """Where metrics are shown; None if the monitoring file does not enable them."""
    if not flags.monitoring_config_file:
        return None
    found: Any = _parsed(flags.monitoring_config_file, messages.MonitoringConfig())
    return (found.prometheus_config.path or DEFAULT_METRICS_PATH) if found.prometheus_config.enable else None


def batching(flags: Flags) -> BatchingConfiguration | None:
    """The parameters of batching; None without batching.

    Raises:
        ConfigurationError: the file is not of the right form, or its sizes do not fit each other.
    """
    if not flags.enable_batching:
        return None
    if not flags.batching_parameters_file:
        return BatchingConfiguration()
    found: Any = _parsed(flags.batching_parameters_file, messages.BatchingParameters())
    sizes = list(found.allowed_batch_sizes)
    given = {field.name: value.value for field, value in found.ListFields() if field.name != "allowed_batch_sizes"}
    made = BatchingConfiguration(**given, allowed_batch_sizes=sizes)
    if sizes and (sizes != sorted(set(sizes)) or sizes[-1] != made.max_batch_size):
        raise ConfigurationError(
            f"{flags.batching_parameters_file}: allowed_batch_sizes must increase, and end at max_batch_size"
        )
    return made


def _parsed(file: str, message: Any) -> Any:
    try:
        return text_format.Parse(Path(file).read_text(encoding="utf-8"), message)
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None
    except text_format.ParseError as error:
        raise ConfigurationError(f"{file}: {error}") from None


def _model(name: str, base_path: str, policy: Any, labels: Mapping[str, int]) -> ModelConfiguration:
    folder = Path(base_path)
    present = sorted(int(entry.name) for entry in folder.glob("*") if entry.name.isascii() and entry.name.isdecimal())
    match policy.WhichOneof("policy_choice"):
        case "specific":
            wanted = sorted(policy.specific.versions)
        case "all":
            wanted = present
        case _:
            wanted = present[-max(1, policy.latest.num_versions) :]
    missing = [version for version in wanted if version not in present]
    if missing or not wanted:
        raise ConfigurationError(f"model {name}: no version {', '.join(map(str, missing)) or 'at all'} in {base_path}")
    return ModelConfiguration(name=name, base_path=folder, versions=wanted, labels=labels)
