"""Tensors as nested lists, which is what JSON has, and as TensorFlow's own message."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import Any, TypeAlias

from verification.client.errors import BadInputError, RefusedError
from verification.client.wire.messages import MESSAGES, Message

Value: TypeAlias = float | int | bool | str
Rows: TypeAlias = Value | Sequence["Rows"]
"""A tensor: a value, or a list of tensors of one shape."""


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """A data type: TensorFlow's number for it, its format in :mod:`struct`, and the field of its values."""

    number: int
    format: str
    field: str


_KINDS: Mapping[str, _Kind] = {
    "DT_FLOAT": _Kind(number=1, format="f", field="float_val"),
    "DT_DOUBLE": _Kind(number=2, format="d", field="double_val"),
    "DT_INT32": _Kind(number=3, format="i", field="int_val"),
    "DT_UINT8": _Kind(number=4, format="B", field="int_val"),
    "DT_INT16": _Kind(number=5, format="h", field="int_val"),
    "DT_INT8": _Kind(number=6, format="b", field="int_val"),
    "DT_STRING": _Kind(number=7, format="", field="string_val"),
    "DT_INT64": _Kind(number=9, format="q", field="int64_val"),
    "DT_BOOL": _Kind(number=10, format="?", field="bool_val"),
    "DT_UINT16": _Kind(number=17, format="H", field="int_val"),
    "DT_UINT32": _Kind(number=22, format="I", field="uint32_val"),
    "DT_UINT64": _Kind(number=23, format="Q", field="uint64_val"),
}
_NAMES = {kind.number: name for name, kind in _KINDS.items()}


def type_name(number: int) -> str:
    """The name of a data type of TensorFlow, ``DT_FLOAT`` for 1; one that is not supported keeps its number."""
    return _NAMES.get(number, f"data type {number}")


def shape_of(rows: Rows) -> tuple[int, ...]:
    """The length of each dimension.

    Raises:
        BadInputError: the lists within a list differ in their shapes.
    """
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return ()
    shapes = {shape_of(row) for row in rows}
    if len(shapes) > 1:
        raise BadInputError(
            f"rows of different shapes {', '.join(map(str, sorted(shapes)))}; give every row the same shape"
        )
    return (len(rows), *next(iter(shapes), ()))


def values_of(rows: Rows) -> Iterator[Value]:
    """Every value, row by row."""
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return iter((rows,))
    return chain.from_iterable(map(values_of, rows))


def rows_of(rows: Rows) -> Sequence[Rows]:
    """The rows of a batch; a single value has none."""
    return () if isinstance(rows, str) or not isinstance(rows, Sequence) else rows


def to_message(rows: Rows, data_type: str) -> Message:
    """The message of a tensor of ``data_type`` such as ``DT_FLOAT``.

    Raises:
        BadInputError: the type is not supported, or a value is none of it.
    """
    kind = _KINDS.get(data_type)
    if kind is None:
        raise BadInputError(f"{data_type} is not supported over gRPC; use REST, or one of {', '.join(_KINDS)}")
    shape = shape_of(rows)
    message = MESSAGES["Tensor"](dtype=kind.number)
    for size in shape:
        message.tensor_shape.dim.add(size=size)
    if kind.format:
        message.tensor_content = packed(rows, kind.format, data_type)
    else:
        message.string_val.extend(str(value).encode() for value in values_of(rows))
    return message


def from_message(message: Message) -> Rows:
    """The nested lists of a tensor's message; bytes become text.

    Raises:
        RefusedError: the message is of an unsupported type, or has other values than its shape needs.
    """
    kind = _KINDS.get(_NAMES.get(message.dtype, ""))
    if kind is None:
        raise RefusedError(f"the answer has {type_name(message.dtype)}, which is not supported over gRPC; use REST")
    shape = [dimension.size for dimension in message.tensor_shape.dim]
    count = prod(shape)
    if kind.format and message.tensor_content:
        return unpacked(message.tensor_content, kind.format, shape)
    values: list[Any] = list(getattr(message, kind.field))
    if len(values) > count or (count and not values):
        raise RefusedError(f"the answer's shape {shape} does not fit its {len(values)} values")
    # A tensor whose last values are all alike may be sent with the first of them only.
    values += values[-1:] * (count - len(values))
    return nested([value.decode(errors="replace") for value in values] if not kind.format else values, shape)


def packed(rows: Rows, form: str, data_type: str) -> bytes:
    """Every value in the ``form`` of :mod:`struct`, row by row, little-endian.

    Raises:
        BadInputError: a value is none of the type, which the error calls ``data_type``.
    """
    try:
        return struct.pack(f"<{prod(shape_of(rows))}{form}", *values_of(rows))
    except (struct.error, OverflowError) as error:
        raise BadInputError(f"a value is no {data_type}: {error}; give values of the signature's type") from error


def unpacked(content: bytes, form: str, shape: Sequence[int]) -> Rows:
    """What :func:`packed` has packed.

    Raises:
        RefusedError: ``content`` has more or fewer bytes than ``shape`` needs.
    """
    count = prod(shape)
    if len(content) != count * struct.calcsize(f"<{form}"):
        raise RefusedError(f"the answer's shape {list(shape)} does not fit its {len(content)} bytes")
    return nested(struct.unpack(f"<{count}{form}", content), shape)


def nested(values: Sequence[Value], shape: Sequence[int]) -> Rows:
    """As many values as ``shape`` needs, as lists of that shape."""
    if not shape:
        return values[0]
    size = prod(shape[1:])
    return [nested(values[index * size : (index + 1) * size], shape[1:]) for index in range(shape[0])]
