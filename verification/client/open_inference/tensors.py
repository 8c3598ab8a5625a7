"""Tensors as the open inference protocol has them.

Source: https://github.com/kserve/open-inference-protocol (tensor data types, raw tensor contents)
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from verification.client.errors import BadInputError, RefusedError
from verification.client.tensors import Rows, Value, nested, packed, unpacked, values_of
from verification.client.wire.messages import Message

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """A data type: its format in :mod:`struct`, and the field of its values where they are sent as numbers."""

    format: str
    field: str


_KINDS: Mapping[str, _Kind] = {
    "BOOL": _Kind(format="?", field="bool_contents"),
    "UINT8": _Kind(format="B", field="uint_contents"),
    "UINT16": _Kind(format="H", field="uint_contents"),
    "UINT32": _Kind(format="I", field="uint_contents"),
    "UINT64": _Kind(format="Q", field="uint64_contents"),
    "INT8": _Kind(format="b", field="int_contents"),
    "INT16": _Kind(format="h", field="int_contents"),
    "INT32": _Kind(format="i", field="int_contents"),
    "INT64": _Kind(format="q", field="int64_contents"),
    "FP16": _Kind(format="e", field=""),
    "FP32": _Kind(format="f", field="fp32_contents"),
    "FP64": _Kind(format="d", field="fp64_contents"),
    "BYTES": _Kind(format="", field="bytes_contents"),
}


def to_raw(rows: Rows, data_type: str) -> bytes:
    """The raw contents of a tensor of ``data_type``; a text follows its length.

    Raises:
        BadInputError: the type is not supported, or a value is none of it.
    """
    kind = _KINDS.get(data_type)
    if kind is None:
        raise BadInputError(f"{data_type} is not supported over gRPC; use REST, or one of {', '.join(_KINDS)}")
    if kind.format:
        return packed(rows, kind.format, data_type)
    texts = [str(value).encode() for value in values_of(rows)]
    return b"".join(_LENGTH.pack(len(text)) + text for text in texts)


def from_raw(content: bytes, data_type: str, shape: Sequence[int]) -> Rows:
    """What raw contents hold; bytes become text.

    Raises:
        RefusedError: the type is not supported, or the contents do not fit the shape.
    """
    kind = _answered(data_type)
    if kind.format:
        return unpacked(content, kind.format, shape)
    return shaped([text.decode(errors="replace") for text in _texts(content)], shape)


def from_contents(contents: Message, data_type: str, shape: Sequence[int]) -> Rows:
    """What a message of values holds; bytes become text.

    Raises:
        RefusedError: the type is not sent so, or the values do not fit the shape.
    """
    kind = _answered(data_type)
    if not kind.field:
        raise RefusedError(f"the answer has {data_type} without its raw contents")
    values = getattr(contents, kind.field)
    return shaped([value if kind.format else value.decode(errors="replace") for value in values], shape)


def shaped(values: Sequence[Value], shape: Sequence[int]) -> Rows:
    """The values of an answer as lists of its shape.

    Raises:
        RefusedError: there are more or fewer than the shape needs.
    """
    if len(values) != prod(shape):
        raise RefusedError(f"the answer's shape {list(shape)} does not fit its {len(values)} values")
    return nested(values, shape)


def _answered(data_type: str) -> _Kind:
    kind = _KINDS.get(data_type)
    if kind is None:
        raise RefusedError(f"the answer has {data_type}, which is not supported over gRPC; use REST")
    return kind


def _texts(content: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(content):
        begin = start + _LENGTH.size
        if begin > len(content):
            raise RefusedError("the answer's texts end within a length")
        start = begin + _LENGTH.unpack_from(content, start)[0]
        if start > len(content):
            raise RefusedError("the answer's texts end within a text")
        yield content[begin:start]
