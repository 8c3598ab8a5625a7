"""TensorFlow Serving over gRPC."""

from collections.abc import Mapping

from verification.client.deadline import Deadline
from verification.client.errors import RefusedError
from verification.client.tensorflow_serving.messages_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelSpec,
    ModelVersionStatus,
    PredictRequest,
    PredictResponse,
    SignatureDefMap,
    TensorInfo,
)
from verification.client.tensorflow_serving.tensors import from_message, to_message, type_name
from verification.client.tensors import Rows
from verification.client.transport import Servable, Signature, TensorForm, VersionStatus
from verification.client.wire.grpc_channel import GrpcChannel

PREDICT = "/tensorflow.serving.PredictionService/Predict"
METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
STATUS = "/tensorflow.serving.ModelService/GetModelStatus"

_SIGNATURES = "signature_def"


class GrpcTransport:
    """One server of a model at ``address``, a host and a port."""

    def __init__(self, address: str, servable: Servable, *, encrypted: bool) -> None:
        self._servable = servable
        self._channel = GrpcChannel(address, encrypted=encrypted)

    def statuses(self, deadline: Deadline) -> tuple[VersionStatus, ...]:
        """See :class:`verification.client.transport.Transport`."""
        # A request that names a version fails where the server has only others.
        request = GetModelStatusRequest(model_spec=ModelSpec(name=self._servable.model))
        response = self._channel.call(STATUS, request, GetModelStatusResponse, deadline)
        return tuple(
            VersionStatus(version=status.version, state=_state(status.state), error=status.status.error_message)
            for status in response.model_version_status
        )

    def signatures(self, deadline: Deadline) -> Mapping[str, Signature]:
        """See :class:`verification.client.transport.Transport`."""
        request = GetModelMetadataRequest(model_spec=self._spec(""), metadata_field=[_SIGNATURES])
        response = self._channel.call(METADATA, request, GetModelMetadataResponse, deadline)
        if _SIGNATURES not in response.metadata:
            raise RefusedError("the response to GetModelMetadata has no signatures")
        # The value's type URL names TensorFlow Serving's package, so Any.Unpack would not recognise it.
        definitions = SignatureDefMap.FromString(response.metadata[_SIGNATURES].value).signature_def
        return {
            name: Signature(inputs=_forms(definition.inputs), outputs=_forms(definition.outputs))
            for name, definition in definitions.items()
        }

    def predict(
        self, name: str, signature: Signature, inputs: Mapping[str, Rows], deadline: Deadline
    ) -> Mapping[str, Rows]:
        """See :class:`verification.client.transport.Transport`."""
        request = PredictRequest(model_spec=self._spec(name))
        for key, rows in inputs.items():
            request.inputs[key].CopyFrom(to_message(rows, signature.inputs[key].data_type))
        response = self._channel.call(PREDICT, request, PredictResponse, deadline)
        return {key: from_message(tensor) for key, tensor in response.outputs.items()}

    def close(self) -> None:
        """See :class:`verification.client.transport.Transport`."""
        self._channel.close()

    def _spec(self, signature: str) -> ModelSpec:
        spec = ModelSpec(name=self._servable.model, signature_name=signature)
        if self._servable.version is not None:
            spec.version.value = self._servable.version
        return spec


def _state(state: ModelVersionStatus.State) -> str:
    states = ModelVersionStatus.State
    return states.Name(state) if state in states.values() else f"state {state}"


def _forms(tensors: Mapping[str, TensorInfo]) -> Mapping[str, TensorForm]:
    return {name: _form(tensor) for name, tensor in tensors.items()}


def _form(tensor: TensorInfo) -> TensorForm:
    shape = tensor.tensor_shape
    known = None if shape.unknown_rank else tuple(dimension.size for dimension in shape.dim)
    return TensorForm(data_type=type_name(tensor.dtype), shape=known)
