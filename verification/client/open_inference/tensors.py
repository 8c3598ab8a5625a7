"""Tensors as the open inference protocol encodes them.

Source: https://github.com/kserve/open-inference-protocol (tensor data types, raw tensor contents)
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from verification.client.errors import BadInputError, RefusedError
from verification.client.open_inference.messages_pb2 import InferTensorContents
from verification.client.tensors import Rows, Value, nested, packed, unpacked, values_of

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, kw_only=True)
class _Encoding:
    """How a data type is sent: its format in :mod:`struct`, and its typed field, if it has one."""

    format: str
    values: Callable[[InferTensorContents], Sequence[float | int | bool | bytes]] | None


_ENCODINGS: Mapping[str, _Encoding] = {
    "BOOL": _Encoding(format="?", values=lambda contents: contents.bool_contents),
    "UINT8": _Encoding(format="B", values=lambda contents: contents.uint_contents),
    "UINT16": _Encoding(format="H", values=lambda contents: contents.uint_contents),
    "UINT32": _Encoding(format="I", values=lambda contents: contents.uint_contents),
    "UINT64": _Encoding(format="Q", values=lambda contents: contents.uint64_contents),
    "INT8": _Encoding(format="b", values=lambda contents: contents.int_contents),
    "INT16": _Encoding(format="h", values=lambda contents: contents.int_contents),
    "INT32": _Encoding(format="i", values=lambda contents: contents.int_contents),
    "INT64": _Encoding(format="q", values=lambda contents: contents.int64_contents),
    "FP16": _Encoding(format="e", values=None),
    "FP32": _Encoding(format="f", values=lambda contents: contents.fp32_contents),
    "FP64": _Encoding(format="d", values=lambda contents: contents.fp64_contents),
    "BYTES": _Encoding(format="", values=lambda contents: contents.bytes_contents),
}


def to_raw(rows: Rows, data_type: str) -> bytes:
    """The raw contents of a tensor of ``data_type``; each string follows its length.

    Raises:
        BadInputError: the type is not supported, or a value does not fit it.
    """
    encoding = _ENCODINGS.get(data_type)
    if encoding is None:
        raise BadInputError(f"{data_type} is not supported over gRPC; use REST, or one of {', '.join(_ENCODINGS)}")
    if encoding.format:
        return packed(rows, encoding.format, data_type)
    strings = [str(value).encode() for value in values_of(rows)]
    return b"".join(_LENGTH.pack(len(string)) + string for string in strings)


def from_raw(content: bytes, data_type: str, shape: Sequence[int]) -> Rows:
    """The tensor in raw contents; bytes are decoded as UTF-8.

    Raises:
        RefusedError: the type is not supported, or the contents do not fit the shape.
    """
    encoding = _encoding_in_response(data_type)
    if encoding.format:
        return unpacked(content, encoding.format, shape)
    return shaped([string.decode(errors="replace") for string in _strings(content)], shape)


def from_contents(contents: InferTensorContents, data_type: str, shape: Sequence[int]) -> Rows:
    """The tensor in typed fields; bytes are decoded as UTF-8.

    Raises:
        RefusedError: the type has no typed field, or the values do not fit the shape.
    """
    encoding = _encoding_in_response(data_type)
    if not encoding.values:
        raise RefusedError(f"the response has {data_type} without its raw contents")
    values = encoding.values(contents)
    return shaped(
        [value.decode(errors="replace") if isinstance(value, bytes) else value for value in values],
        shape,
    )


def shaped(values: Sequence[Value], shape: Sequence[int]) -> Rows:
    """The values of a response as nested lists of its shape.

    Raises:
        RefusedError: there are more or fewer values than the shape needs.
    """
    if len(values) != prod(shape):
        raise RefusedError(f"the response's shape {list(shape)} does not fit its {len(values)} values")
    return nested(values, shape)


def _encoding_in_response(data_type: str) -> _Encoding:
    encoding = _ENCODINGS.get(data_type)
    if encoding is None:
        raise RefusedError(f"the response has {data_type}, which is not supported over gRPC; use REST")
    return encoding


def _strings(content: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(content):
        begin = start + _LENGTH.size
        if begin > len(content):
            raise RefusedError("the response's strings end within a length")
        start = begin + _LENGTH.unpack_from(content, start)[0]
        if start > len(content):
            raise RefusedError("the response's strings end within a string")
        yield content[begin:start]
