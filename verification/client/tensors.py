"""Tensors as nested lists, the form in which JSON carries them, and their packed bytes."""

import struct
from collections.abc import Iterator, Sequence
from itertools import chain
from math import prod
from typing import TypeAlias

from verification.client.errors import BadInputError, RefusedError

Value: TypeAlias = float | int | bool | str
Rows: TypeAlias = Value | Sequence["Rows"]
"""A tensor: a value, or a list of tensors of one shape."""


def shape_of(rows: Rows) -> tuple[int, ...]:
    """The length of each dimension.

    Raises:
        BadInputError: the lists within a list differ in shape.
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
    """Every value, in row-major order."""
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return iter((rows,))
    return chain.from_iterable(map(values_of, rows))


def rows_of(rows: Rows) -> Sequence[Rows]:
    """The rows of a batch; empty for a scalar."""
    return () if isinstance(rows, str) or not isinstance(rows, Sequence) else rows


def packed(rows: Rows, form: str, data_type: str) -> bytes:
    """Every value in row-major order, little-endian, in the format ``form`` of :mod:`struct`.

    Raises:
        BadInputError: a value does not fit the type, which the error calls ``data_type``.
    """
    try:
        return struct.pack(f"<{prod(shape_of(rows))}{form}", *values_of(rows))
    except (struct.error, OverflowError) as error:
        raise BadInputError(f"a value is not a {data_type}: {error}; give values of the signature's type") from error


def unpacked(content: bytes, form: str, shape: Sequence[int]) -> Rows:
    """The inverse of :func:`packed`.

    Raises:
        RefusedError: ``content`` has more or fewer bytes than ``shape`` needs.
    """
    count = prod(shape)
    if len(content) != count * struct.calcsize(f"<{form}"):
        raise RefusedError(f"the response's shape {list(shape)} does not fit its {len(content)} bytes")
    return nested(struct.unpack(f"<{count}{form}", content), shape)


def nested(values: Sequence[Value], shape: Sequence[int]) -> Rows:
    """Nested lists of ``shape`` from exactly as many values as it needs, in row-major order."""
    if not shape:
        return values[0]
    size = prod(shape[1:])
    return [nested(values[index * size : (index + 1) * size], shape[1:]) for index in range(shape[0])]
