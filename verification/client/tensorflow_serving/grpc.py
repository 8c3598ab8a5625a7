"""TensorFlow Serving over gRPC."""

from collections.abc import Mapping

from verification.client.deadline import Deadline
from verification.client.errors import RefusedError
from verification.client.tensors import Rows, from_message, to_message, type_name
from verification.client.transport import Servable, Signature, TensorForm, VersionStatus
from verification.client.wire.grpc_channel import GrpcChannel
from verification.client.wire.messages import MESSAGES, Message

PREDICT = "/tensorflow.serving.PredictionService/Predict"
METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
STATUS = "/tensorflow.serving.ModelService/GetModelStatus"

_STATES = {0: "UNKNOWN", 10: "START", 20: "LOADING", 30: "AVAILABLE", 40: "UNLOADING", 50: "END"}
_SIGNATURES = "signature_def"


class GrpcTransport:
    """One server of a model at ``address``, a host and a port."""

    def __init__(self, address: str, servable: Servable, *, encrypted: bool) -> None:
        self._servable = servable
        self._channel = GrpcChannel(address, encrypted=encrypted)

    def statuses(self, deadline: Deadline) -> tuple[VersionStatus, ...]:
        """See :class:`verification.client.transport.Transport`."""
        # Of a request for one version the answer is an error where the server has another.
        request = MESSAGES["StatusRequest"](model_spec=MESSAGES["ModelSpec"](name=self._servable.model))
        answer = self._channel.call(STATUS, request, "StatusResponse", deadline)
        return tuple(
            VersionStatus(
                version=status.version,
                state=_STATES.get(status.state, f"state {status.state}"),
                error=status.status.error_message,
            )
            for status in answer.model_version_status
        )

    def signatures(self, deadline: Deadline) -> Mapping[str, Signature]:
        """See :class:`verification.client.transport.Transport`."""
        request = MESSAGES["MetadataRequest"](model_spec=self._spec(""), metadata_field=[_SIGNATURES])
        answer = self._channel.call(METADATA, request, "MetadataResponse", deadline)
        if _SIGNATURES not in answer.metadata:
            raise RefusedError("the answer to GetModelMetadata has no signatures")
        definitions = MESSAGES["SignatureDefMap"].FromString(answer.metadata[_SIGNATURES].value).signature_def
        return {
            name: Signature(inputs=_forms(definition.inputs), outputs=_forms(definition.outputs))
            for name, definition in definitions.items()
        }

    def predict(
        self, name: str, signature: Signature, inputs: Mapping[str, Rows], deadline: Deadline
    ) -> Mapping[str, Rows]:
        """See :class:`verification.client.transport.Transport`."""
        request = MESSAGES["PredictRequest"](model_spec=self._spec(name))
        for key, rows in inputs.items():
            request.inputs[key].CopyFrom(to_message(rows, signature.inputs[key].data_type))
        answer = self._channel.call(PREDICT, request, "PredictResponse", deadline)
        return {key: from_message(tensor) for key, tensor in answer.outputs.items()}

    def close(self) -> None:
        """See :class:`verification.client.transport.Transport`."""
        self._channel.close()

    def _spec(self, signature: str) -> Message:
        spec = MESSAGES["ModelSpec"](name=self._servable.model, signature_name=signature)
        if self._servable.version is not None:
            spec.version.value = self._servable.version
        return spec


def _forms(tensors: Mapping[str, Message]) -> Mapping[str, TensorForm]:
    return {name: _form(tensor) for name, tensor in tensors.items()}


def _form(tensor: Message) -> TensorForm:
    shape = tensor.tensor_shape
    known = None if shape.unknown_rank else tuple(dimension.size for dimension in shape.dim)
    return TensorForm(data_type=type_name(tensor.dtype), shape=known)
