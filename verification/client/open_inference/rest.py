"""The open inference protocol, which is KServe's version 2, over REST.

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
        answer = self._http.ask("GET", self._model, None, deadline)
        with self._http.understood(self._model):
            versions = [int(version) for version in answer.get("versions", ())]
        return tuple(VersionStatus(version=version, state=self._state(version, deadline)) for version in versions)

    def signatures(self, deadline: Deadline) -> Mapping[str, Signature]:
        """See :class:`verification.client.transport.Transport`. A model has one, without a name of its own."""
        answer = self._http.ask("GET", self._version, None, deadline)
        with self._http.understood(self._version):
            return {DEFAULT_SIGNATURE: Signature(inputs=_forms(answer["inputs"]), outputs=_forms(answer["outputs"]))}

    def predict(
        self,
        name: str,  # noqa: ARG002 - this protocol has no names of signatures
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
        answer = self._http.ask("POST", path, {"inputs": tensors}, deadline)
        with self._http.understood(path):
            # The values may be nested or not.
            return {
                tensor["name"]: shaped(list(values_of(tensor["data"])), tensor["shape"]) for tensor in answer["outputs"]
            }

    def close(self) -> None:
        """See :class:`verification.client.transport.Transport`."""
        self._http.close()

    def _state(self, version: int, deadline: Deadline) -> str:
        status, _ = self._http.answer("GET", f"{self._model}/versions/{version}/ready", None, deadline)
        return AVAILABLE if status == HTTPStatus.OK else NOT_READY


def _forms(tensors: Sequence[Mapping[str, Any]]) -> Mapping[str, TensorForm]:
    return {
        tensor["name"]: TensorForm(data_type=str(tensor["datatype"]), shape=tuple(map(int, tensor["shape"])))
        for tensor in tensors
    }
