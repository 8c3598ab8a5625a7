"""Tensors in TensorFlow's own message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from verification.client.errors import BadInputError, RefusedError
from verification.client.tensorflow_serving.messages_pb2 import DataType, TensorProto
from verification.client.tensors import Rows, nested, packed, shape_of, unpacked, values_of


@dataclass(frozen=True, kw_only=True)
class _Encoding:
    """How a data type is sent: its format in :mod:`struct`, and the field of its values where they are not packed."""

    format: str
    values: Callable[[TensorProto], Sequence[float | int | bool | bytes]]


_ENCODINGS: Mapping[str, _Encoding] = {
    "DT_FLOAT": _Encoding(format="f", values=lambda tensor: tensor.float_val),
    "DT_DOUBLE": _Encoding(format="d", values=lambda tensor: tensor.double_val),
    "DT_INT32": _Encoding(format="i", values=lambda tensor: tensor.int_val),
    "DT_UINT8": _Encoding(format="B", values=lambda tensor: tensor.int_val),
    "DT_INT16": _Encoding(format="h", values=lambda tensor: tensor.int_val),
    "DT_INT8": _Encoding(format="b", values=lambda tensor: tensor.int_val),
    "DT_STRING": _Encoding(format="", values=lambda tensor: tensor.string_val),
    "DT_INT64": _Encoding(format="q", values=lambda tensor: tensor.int64_val),
    "DT_BOOL": _Encoding(format="?", values=lambda tensor: tensor.bool_val),
    "DT_UINT16": _Encoding(format="H", values=lambda tensor: tensor.int_val),
    "DT_UINT32": _Encoding(format="I", values=lambda tensor: tensor.uint32_val),
    "DT_UINT64": _Encoding(format="Q", values=lambda tensor: tensor.uint64_val),
}


def type_name(data_type: DataType) -> str:
    """The name of a data type, such as ``DT_FLOAT``; an unknown one is named by its number."""
    return DataType.Name(data_type) if data_type in DataType.values() else f"data type {data_type}"


def to_message(rows: Rows, data_type: str) -> TensorProto:
    """The message of a tensor of ``data_type``, such as ``DT_FLOAT``.

    Raises:
        BadInputError: the type is not supported, or a value does not fit it.
    """
    encoding = _ENCODINGS.get(data_type)
    if encoding is None:
        raise BadInputError(f"{data_type} is not supported over gRPC; use REST, or one of {', '.join(_ENCODINGS)}")
    message = TensorProto(dtype=data_type)
    for size in shape_of(rows):
        message.tensor_shape.dim.add(size=size)
    if encoding.format:
        message.tensor_content = packed(rows, encoding.format, data_type)
    else:
        message.string_val.extend(str(value).encode() for value in values_of(rows))
    return message


def from_message(message: TensorProto) -> Rows:
    """The nested lists of a tensor's message; bytes are decoded as UTF-8.

    Raises:
        RefusedError: the type is not supported, or the number of values does not fit the shape.
    """
    encoding = _ENCODINGS.get(type_name(message.dtype))
    if encoding is None:
        raise RefusedError(f"the response has {type_name(message.dtype)}, which is not supported over gRPC; use REST")
    shape = [dimension.size for dimension in message.tensor_shape.dim]
    count = prod(shape)
    if encoding.format and message.tensor_content:
        return unpacked(message.tensor_content, encoding.format, shape)
    values = list(encoding.values(message))
    if len(values) > count or (count and not values):
        raise RefusedError(f"the response's shape {shape} does not fit its {len(values)} values")
    # Where the last values are equal, a server may send only the first of them.
    values += values[-1:] * (count - len(values))
    return nested([value.decode(errors="replace") if isinstance(value, bytes) else value for value in values], shape)
