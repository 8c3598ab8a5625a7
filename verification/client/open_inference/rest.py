"""The open inference protocol, which is version 2 of KServe's, over REST.

Source: https://github.com/kserve/open-inference-protocol (inference_rest.md)
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, quote

from verification.client.deadline import Deadline
from verification.client.open_inference.tensors import shaped
from verification.client.tensors import Rows, shape_of, values_of
from verification.client.transport import (
    AVAILABLE,
    DEFAULT_SIGNATURE,
    NOT_READY,
    Servable,
    Signature,
    TensorForm,
    VersionStatus,
)
from verification.client.wire.json_exchange import JsonExchange


class OpenInferenceRestTransport:
    """One server of a model, below the path of ``url``."""

    def __init__(self, url: SplitResult, servable: Servable) -> None:
        self._http = JsonExchange(url, "the open inference protocol")
        self._model = f"{url.path.rstrip('/')}/v2/models/{quote(servable.model)}"
        self._version = f"{self._model}/versions/{servable.version}" if servable.version is not None else self._model

    def statuses(self, deadline: Deadline) -> tuple[VersionStatus, ...]:
        """See :class:`verification.client.transport.Transport`."""
        metadata = self._http.request("GET", self._model, None, deadline)
        with self._http.parsing(self._model):
            versions = [int(version) for version in metadata.get("versions", ())]
        return tuple(VersionStatus(version=version, state=self._state(version, deadline)) for version in versions)

    def signatures(self, deadline: Deadline) -> Mapping[str, Signature]:
        """See :class:`verification.client.transport.Transport`; a model has one signature, which has no name."""
        metadata = self._http.request("GET", self._version, None, deadline)
        with self._http.parsing(self._version):
            return {
                DEFAULT_SIGNATURE: Signature(inputs=_forms(metadata["inputs"]), outputs=_forms(metadata["outputs"]))
            }

    def predict(
        self,
        name: str,  # noqa: ARG002 - this protocol does not name signatures
        signature: Signature,
        inputs: Mapping[str, Rows],
        deadline: Deadline,
    ) -> Mapping[str, Rows]:
        """See :class:`verification.client.transport.Transport`."""
        path = f"{self._version}/infer"
        tensors = [
            {
                "name": key,
                "datatype": signature.inputs[key].data_type,
                "shape": shape_of(rows),
                "data": list(values_of(rows)),
            }
            for key, rows in inputs.items()
        ]
        response = self._http.request("POST", path, {"inputs": tensors}, deadline)
        with self._http.parsing(path):
            # The protocol lets a server send the values nested or flat.
            return {
                tensor["name"]: shaped(list(values_of(tensor["data"])), tensor["shape"])
                for tensor in response["outputs"]
            }

    def close(self) -> None:
        """See :class:`verification.client.transport.Transport`."""
        self._http.close()

    def _state(self, version: int, deadline: Deadline) -> str:
        response = self._http.raw_request("GET", f"{self._model}/versions/{version}/ready", None, deadline)
        return AVAILABLE if response.status == HTTPStatus.OK else NOT_READY


def _forms(tensors: Sequence[Mapping[str, Any]]) -> Mapping[str, TensorForm]:
    return {
        tensor["name"]: TensorForm(data_type=str(tensor["datatype"]), shape=tuple(map(int, tensor["shape"])))
        for tensor in tensors
    }
