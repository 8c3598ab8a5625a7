"""The protocols that the runtimes are asked by over gRPC, as far as a sampler reads them."""

import struct
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message

from drift_sampler.distributions import Values
from drift_sampler.errors import NoPredictionError, UnreadableError
from drift_sampler.messages_pb2 import (
    InferTensor,
    ModelInferRequest,
    ModelInferResponse,
    PredictRequest,
    PredictResponse,
    TensorProto,
)
from drift_sampler.protocol import Protocol, tensor_rows

_Kind = TypeVar("_Kind", bound=Message)
_MOST_VALUES = 2**20
"""Values of all tensors together: of equal ones, a message may have only one, and a shape of any size."""
_CONTENT: Mapping[int, tuple[str, str]] = {
    1: ("f", "float_val"),
    2: ("d", "double_val"),
    3: ("i", "int_val"),
    4: ("B", "int_val"),
    5: ("h", "int_val"),
    6: ("b", "int_val"),
    9: ("q", "int64_val"),
    10: ("?", "bool_val"),
    17: ("H", "int_val"),
    22: ("I", "uint32_val"),
    23: ("Q", "uint64_val"),
}
"""The numbers of TensorFlow's `DataType`: how values are packed, and the field that they are in where they are not."""
_RAW: Mapping[str, tuple[str, str]] = {
    "BOOL": ("?", "bool_contents"),
    "UINT8": ("B", "uint_contents"),
    "UINT16": ("H", "uint_contents"),
    "UINT32": ("I", "uint_contents"),
    "UINT64": ("Q", "uint64_contents"),
    "INT8": ("b", "int_contents"),
    "INT16": ("h", "int_contents"),
    "INT32": ("i", "int_contents"),
    "INT64": ("q", "int64_contents"),
    "FP16": ("e", ""),
    "FP32": ("f", "fp32_contents"),
    "FP64": ("d", "fp64_contents"),
}


class GrpcProtocol(Protocol):
    """Predictions as calls of one method, whose message names the model."""

    method: str

    def version(self, path: str, body: bytes, model: str) -> str | None:
        """See the base class."""
        if path != self.method:
            raise NoPredictionError
        return self._version(body, model)

    @abstractmethod
    def _version(self, body: bytes, model: str) -> str | None: ...


class TensorFlowServingGrpc(GrpcProtocol):
    """`Predict` of the PredictionService."""

    method = "/tensorflow.serving.PredictionService/Predict"

    def _version(self, body: bytes, model: str) -> str | None:
        """With a label, a request may go to any version."""
        spec = _message(PredictRequest, body).model_spec
        if spec.name != model or spec.version_label:
            raise NoPredictionError
        return str(spec.version.value) if spec.HasField("version") else None

    def _inputs(self, body: bytes) -> Iterator[Values]:
        return _tensorflow_rows(_message(PredictRequest, body).inputs)

    def _outputs(self, body: bytes) -> Iterator[Values]:
        return _tensorflow_rows(_message(PredictResponse, body).outputs)


class OpenInferenceGrpc(GrpcProtocol):
    """`ModelInfer` of the open inference protocol; tensors in shared memory are not read."""

    method = "/inference.GRPCInferenceService/ModelInfer"

    def _version(self, body: bytes, model: str) -> str | None:
        request = _message(ModelInferRequest, body)
        if request.model_name != model:
            raise NoPredictionError
        return request.model_version or None

    def _inputs(self, body: bytes) -> Iterator[Values]:
        request = _message(ModelInferRequest, body)
        return tensor_rows(_of_triton(request.inputs, request.raw_input_contents))

    def _outputs(self, body: bytes) -> Iterator[Values]:
        answer = _message(ModelInferResponse, body)
        return tensor_rows(_of_triton(answer.outputs, answer.raw_output_contents))


GRPC_PROTOCOLS: Mapping[str, GrpcProtocol] = {
    "tensorflow-serving": TensorFlowServingGrpc(),
    "open-inference": OpenInferenceGrpc(),
}


def _message(kind: type[_Kind], body: bytes) -> _Kind:
    try:
        return kind.FromString(body)
    except DecodeError:
        raise UnreadableError("it is no such message") from None


def _tensorflow_rows(tensors: Mapping[str, TensorProto]) -> Iterator[Values]:
    shapes = {name: [dimension.size for dimension in each.tensor_shape.dim] for name, each in tensors.items()}
    if any(size < 0 for shape in shapes.values() for size in shape) or sum(map(prod, shapes.values())) > _MOST_VALUES:
        raise UnreadableError("the tensors have too many values")
    return tensor_rows(_of_tensorflow(name, shape, tensors[name]) for name, shape in shapes.items())


def _of_tensorflow(name: str, shape: Sequence[int], tensor: TensorProto) -> Mapping[str, Any]:
    packed, field = _CONTENT[tensor.dtype]
    if tensor.tensor_content:
        return _tensor(name, shape, _unpacked(packed, tensor.tensor_content))
    values = list(getattr(tensor, field))
    # Where the last values are equal, a message may have only the first of them.
    return _tensor(name, shape, values + values[-1:] * (prod(shape) - len(values)))


def _of_triton(tensors: Sequence[InferTensor], raw: Sequence[bytes]) -> Iterator[Mapping[str, Any]]:
    """Either all of the values are raw, or none."""
    if raw and len(raw) != len(tensors):
        raise UnreadableError("there are not as many raw contents as tensors")
    for place, tensor in enumerate(tensors):
        packed, field = _RAW[tensor.datatype]
        values = _unpacked(packed, raw[place]) if raw else list(getattr(tensor.contents, field))
        yield _tensor(tensor.name, list(tensor.shape), values)


def _tensor(name: str, shape: Sequence[int], values: Sequence[object]) -> Mapping[str, Any]:
    if any(size < 0 for size in shape) or prod(shape) != len(values):
        raise UnreadableError("a tensor is not of its shape")
    return {"name": name, "shape": shape, "data": values}


def _unpacked(packed: str, content: bytes) -> list[Any]:
    count = len(content) // struct.calcsize(packed)
    return list(struct.unpack(f"<{count}{packed}", content))
