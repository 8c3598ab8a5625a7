"""TensorFlow Serving over REST.

Source: https://www.tensorflow.org/tfx/serving/api_rest
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, quote

from verification.client.deadline import Deadline
from verification.client.tensors import Rows
from verification.client.transport import Servable, Signature, TensorForm, VersionStatus
from verification.client.wire.json_exchange import JsonExchange


class RestTransport:
    """One server of a model, below the path of ``url``."""

    def __init__(self, url: SplitResult, servable: Servable) -> None:
        self._http = JsonExchange(url, "TensorFlow Serving")
        self._model = f"{url.path.rstrip('/')}/v1/models/{quote(servable.model)}"
        self._version = f"{self._model}/versions/{servable.version}" if servable.version is not None else self._model

    def statuses(self, deadline: Deadline) -> tuple[VersionStatus, ...]:
        """See :class:`verification.client.transport.Transport`."""
        response = self._http.request("GET", self._model, None, deadline)
        with self._http.parsing(self._model):
            return tuple(_status(version) for version in response["model_version_status"])

    def signatures(self, deadline: Deadline) -> Mapping[str, Signature]:
        """See :class:`verification.client.transport.Transport`."""
        path = f"{self._version}/metadata"
        response = self._http.request("GET", path, None, deadline)
        with self._http.parsing(path):
            definitions = response["metadata"]["signature_def"]["signature_def"]
            return {name: _signature(definition) for name, definition in definitions.items()}

    def predict(
        self, name: str, signature: Signature, inputs: Mapping[str, Rows], deadline: Deadline
    ) -> Mapping[str, Rows]:
        """See :class:`verification.client.transport.Transport`."""
        path = f"{self._version}:predict"
        response = self._http.request("POST", path, {"signature_name": name, "inputs": inputs}, deadline)
        with self._http.parsing(path):
            outputs = response["outputs"]
            # Where a signature has a single output, the response is that output without its name.
            return {next(iter(signature.outputs)): outputs} if len(signature.outputs) == 1 else dict(outputs)

    def close(self) -> None:
        """See :class:`verification.client.transport.Transport`."""
        self._http.close()


def _status(version: Mapping[str, Any]) -> VersionStatus:
    return VersionStatus(
        version=int(version["version"]),
        state=str(version["state"]),
        error=str(version.get("status", {}).get("error_message", "")),
    )


def _signature(definition: Mapping[str, Any]) -> Signature:
    return Signature(inputs=_forms(definition["inputs"]), outputs=_forms(definition["outputs"]))


def _forms(tensors: Mapping[str, Any]) -> Mapping[str, TensorForm]:
    return {name: _form(tensor) for name, tensor in tensors.items()}


def _form(tensor: Mapping[str, Any]) -> TensorForm:
    shape = tensor["tensor_shape"]
    known = None if shape.get("unknown_rank") else tuple(int(dimension["size"]) for dimension in shape.get("dim", ()))
    return TensorForm(data_type=str(tensor["dtype"]), shape=known)
