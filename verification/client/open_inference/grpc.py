"""The open inference protocol, which is version 2 of KServe's, over gRPC.

Source: https://github.com/kserve/open-inference-protocol (open_inference_grpc.proto)
"""

from collections.abc import Iterable, Mapping

from verification.client.deadline import Deadline
from verification.client.errors import RefusedError
from verification.client.open_inference.messages_pb2 import (
    ModelInferRequest,
    ModelInferResponse,
    ModelMetadataRequest,
    ModelMetadataResponse,
    ModelReadyRequest,
    ModelReadyResponse,
)
from verification.client.open_inference.tensors import from_contents, from_raw, to_raw
from verification.client.tensors import Rows, shape_of
from verification.client.transport import (
    AVAILABLE,
    DEFAULT_SIGNATURE,
    NOT_READY,
    Servable,
    Signature,
    TensorForm,
    VersionStatus,
)
from verification.client.wire.grpc_channel import GrpcChannel

SERVICE = "/inference.GRPCInferenceService"


class OpenInferenceGrpcTransport:
    """One server of a model at ``address``, a host and a port."""

    def __init__(self, address: str, servable: Servable, *, encrypted: bool) -> None:
        self._model = servable.model
        self._version = "" if servable.version is None else str(servable.version)
        self._channel = GrpcChannel(address, encrypted=encrypted)

    def statuses(self, deadline: Deadline) -> tuple[VersionStatus, ...]:
        """See :class:`verification.client.transport.Transport`."""
        metadata = self._metadata("", deadline)
        try:
            versions = [int(version) for version in metadata.versions]
        except ValueError as error:
            raise RefusedError(f"the response's versions are not numbers: {', '.join(metadata.versions)}") from error
        return tuple(VersionStatus(version=version, state=self._state(version, deadline)) for version in versions)

    def signatures(self, deadline: Deadline) -> Mapping[str, Signature]:
        """See :class:`verification.client.transport.Transport`; a model has one signature, which has no name."""
        metadata = self._metadata(self._version, deadline)
        return {DEFAULT_SIGNATURE: Signature(inputs=_forms(metadata.inputs), outputs=_forms(metadata.outputs))}

    def predict(
        self,
        name: str,  # noqa: ARG002 - this protocol does not name signatures
        signature: Signature,
        inputs: Mapping[str, Rows],
        deadline: Deadline,
    ) -> Mapping[str, Rows]:
        """See :class:`verification.client.transport.Transport`."""
        request = ModelInferRequest(model_name=self._model, model_version=self._version)
        for key, rows in inputs.items():
            data_type = signature.inputs[key].data_type
            request.inputs.add(name=key, datatype=data_type, shape=shape_of(rows))
            request.raw_input_contents.append(to_raw(rows, data_type))
        return outputs_of(self._channel.call(f"{SERVICE}/ModelInfer", request, ModelInferResponse, deadline))

    def close(self) -> None:
        """See :class:`verification.client.transport.Transport`."""
        self._channel.close()

    def _metadata(self, version: str, deadline: Deadline) -> ModelMetadataResponse:
        request = ModelMetadataRequest(name=self._model, version=version)
        return self._channel.call(f"{SERVICE}/ModelMetadata", request, ModelMetadataResponse, deadline)

    def _state(self, version: int, deadline: Deadline) -> str:
        request = ModelReadyRequest(name=self._model, version=str(version))
        response = self._channel.call(f"{SERVICE}/ModelReady", request, ModelReadyResponse, deadline)
        return AVAILABLE if response.ready else NOT_READY


def outputs_of(response: ModelInferResponse) -> Mapping[str, Rows]:
    """The outputs of a response, whose values are either raw bytes or typed fields of each tensor.

    Raises:
        RefusedError: the values do not fit the tensors.
    """
    raw = response.raw_output_contents
    if not raw:
        return {each.name: from_contents(each.contents, each.datatype, each.shape) for each in response.outputs}
    if len(raw) != len(response.outputs):
        raise RefusedError(f"the response has {len(response.outputs)} outputs and the raw contents of {len(raw)}")
    return {
        each.name: from_raw(content, each.datatype, each.shape)
        for each, content in zip(response.outputs, raw, strict=True)
    }


def _forms(tensors: Iterable[ModelMetadataResponse.TensorMetadata]) -> Mapping[str, TensorForm]:
    return {tensor.name: TensorForm(data_type=tensor.datatype, shape=tuple(tensor.shape)) for tensor in tensors}
