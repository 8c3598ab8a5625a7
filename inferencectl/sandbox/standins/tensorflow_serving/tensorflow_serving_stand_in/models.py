"""The models of a server: loaded before its ports open, and found by what a request names.

Sources: tensorflow_serving/model_servers/server_core.cc and get_model_status_impl.cc.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from tensorflow_serving.apis import get_model_status_pb2

from tensorflow_serving_stand_in.configuration import ModelConfiguration
from tensorflow_serving_stand_in.errors import ConfigurationError, ServingError, invalid
from tensorflow_serving_stand_in.flags import Flags
from tensorflow_serving_stand_in.metrics import Metrics
from tensorflow_serving_stand_in.servable import (
    Run,
    Servable,
    array_of,
    microseconds_since,
    threads_of,
)

_log = logging.getLogger(__name__)
DEFAULT_SIGNATURE = "serving_default"


@dataclass(frozen=True)
class Found:
    """A version that a request means."""

    version: int
    servable: Servable


class Models:
    """The models of `configurations`, once `load` has returned."""

    def __init__(self, configurations: Sequence[ModelConfiguration], flags: Flags, metrics: Metrics) -> None:
        self._configurations = {each.name: each for each in configurations}
        self._flags = flags
        self._metrics = metrics
        self._served: dict[tuple[str, int], Servable] = {}

    def load(self, run: Run) -> None:
        """Load and warm up every version, with the retries that the flags ask for.

        Raises:
            ConfigurationError: a version cannot be loaded, or a label means one that is not served.
        """
        for model in self._configurations.values():
            for version in model.versions:
                self._served[model.name, version] = self._loaded(model, version, run)
            strangers = sorted(set(model.labels.values()) - set(model.versions))
            if strangers:
                raise ConfigurationError(f"model {model.name}: a label means version {strangers[0]}, not served")

    def find(self, spec: Any) -> Found:
        """The version that a ModelSpec means.

        Raises:
            ServingError: it is not served.
        """
        if not spec.name:
            raise invalid("ModelSpec has no name specified.")
        version = self._version(spec)
        model = self._configurations.get(spec.name)
        if version is None and model:
            version = max(model.versions)
        servable = self._served.get((spec.name, version or 0))
        if servable is None or version is None:
            wanted = f"Latest({spec.name})" if version is None else f"Specific({spec.name}, {version})"
            raise ServingError(grpc.StatusCode.NOT_FOUND, f"Servable not found for request: {wanted}")
        return Found(version, servable)

    def status(self, spec: Any) -> Any:
        """The states of a model's versions, or of the one that is meant; what is not loaded is not served either.

        Raises:
            ServingError: there is no such model or version.
        """
        version = self._version(spec)
        model = self._configurations.get(spec.name)
        found = [each for each in (model.versions if model else ()) if version in (None, each)]
        if not found:
            which = f"version {version}" if version is not None else "any versions"
            raise ServingError(grpc.StatusCode.NOT_FOUND, f"Could not find {which} of model {spec.name}")
        answer = get_model_status_pb2.GetModelStatusResponse()
        available = get_model_status_pb2.ModelVersionStatus.State.Value("AVAILABLE")
        for each in sorted(found, reverse=True):
            added = answer.model_version_status.add(version=each, state=available)
            added.status.error_message = ""
        return answer

    def _version(self, spec: Any) -> int | None:
        match spec.WhichOneof("version_choice"):
            case "version":
                return spec.version.value
            case "version_label":
                model = self._configurations.get(spec.name)
                if model and spec.version_label in model.labels:
                    return model.labels[spec.version_label]
                raise invalid(f"Unrecognized servable version label: {spec.version_label}")
            case _:
                return None

    def _loaded(self, model: ModelConfiguration, version: int, run: Run) -> Servable:
        directory, last = model.base_path / str(version), ""
        for attempt in range(self._flags.max_num_load_retries + 1):
            if attempt:
                time.sleep(self._flags.load_retry_interval_micros / 1e6)
            try:
                servable = self._load(directory, run)
            except Exception as error:  # noqa: BLE001 - of TensorFlow, of any type
                self._metrics.loads.add(str(directory), "fail")
                last = str(error)
                _log.warning("loading %s version %s failed: %s", model.name, version, last)
            else:
                self._metrics.loads.add(str(directory), "success")
                _log.info("Successfully loaded servable version {name: %s version: %s}", model.name, version)
                return servable
        raise ConfigurationError(f"servable {model.name} version {version} did not become available: {last}")

    def _load(self, directory: Path, run: Run) -> Servable:
        threads = threads_of(self._flags.tensorflow_intra_op_parallelism, self._flags.tensorflow_inter_op_parallelism)
        servable = Servable(directory, threads)
        if self._flags.enable_model_warmup:
            self._warm_up(servable, run)
        return servable

    def _warm_up(self, servable: Servable, run: Run) -> None:
        started, count = time.perf_counter(), 0
        for request in servable.warm_up_requests():
            signature = request.model_spec.signature_name or DEFAULT_SIGNATURE
            inputs = {name: array_of(tensor) for name, tensor in request.inputs.items()}
            run(servable, signature, inputs, sorted(servable.signatures[signature].outputs))
            count += 1
        if count:
            self._metrics.warm_up_latency.add(microseconds_since(started), str(servable.directory), "OK")
            _log.info("Number of warmup records read for %s: %s", servable.directory, count)
