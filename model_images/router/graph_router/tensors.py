"""Tensors in requests and answers of the open inference protocol, as JSON.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph_router.errors import UnreadableError

_MOST_DIMENSIONS = 16
_INTEGERS = frozenset(f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))
_FLOATS = frozenset({"FP16", "BF16", "FP32", "FP64"})
NUMBERS = _INTEGERS | _FLOATS
DATA_TYPES = NUMBERS | {"BOOL", "BYTES"}
_NO_JSON = "is not a value of JSON for its data type"


@dataclass(frozen=True, slots=True)
class Tensor:
    """Elements in row-major order; their number is the product of the ``shape``."""

    datatype: str
    shape: Sequence[int]
    data: Sequence[Any]

    @property
    def is_float(self) -> bool:
        """Whether its elements may have fractions."""
        return self.datatype in _FLOATS


Tensors = Mapping[str, Tensor]


def tensors_in(document: Any, key: str) -> Tensors:  # noqa: ANN401 - any value of JSON
    """The tensors of a request (``inputs``) or an answer (``outputs``), by name.

    Raises:
        UnreadableError: there are none, or one of them is not as it says.
    """
    written = document.get(key) if isinstance(document, dict) else None
    if not isinstance(written, list) or not written:
        raise UnreadableError(f"{key} is not a list of tensors")
    read = dict(_named(each, f"{key}.{index}") for index, each in enumerate(written))
    if len(read) < len(written):
        raise UnreadableError(f"{key} has two tensors of one name")
    return read


def _named(written: Any, place: str) -> tuple[str, Tensor]:  # noqa: ANN401 - any value of JSON
    if not isinstance(written, dict) or not isinstance(name := written.get("name"), str):
        raise UnreadableError(f"{place} has no name")
    datatype, shape, data = (written.get(key) for key in ("datatype", "shape", "data"))
    if datatype not in DATA_TYPES:
        raise UnreadableError(f"{place}.datatype is none of {', '.join(sorted(DATA_TYPES))}")
    if not isinstance(shape, list) or len(shape) > _MOST_DIMENSIONS or not all(_is_size(size) for size in shape):
        raise UnreadableError(f"{place}.shape is not a list of at most {_MOST_DIMENSIONS} sizes from 1 on")
    if not isinstance(data, list):
        raise UnreadableError(f"{place}.data is not a list: tensors in binary are not read")
    return name, checked(Tensor(datatype, shape, list(_flat(data))), place)


def checked(tensor: Tensor, place: str) -> Tensor:
    """The tensor, if its elements are as many and of the type that it says; a number must be finite."""
    if len(tensor.data) != math.prod(tensor.shape):
        raise UnreadableError(f"{place} has {len(tensor.data)} elements, not those of its shape {list(tensor.shape)}")
    if tensor.datatype == "BYTES":
        fits = all(type(each) is str for each in tensor.data)
    elif tensor.datatype == "BOOL":
        fits = all(type(each) is bool for each in tensor.data)
    elif tensor.datatype in _INTEGERS:
        fits = all(type(each) is int for each in tensor.data)
    else:
        fits = all(type(each) is int or (type(each) is float and math.isfinite(each)) for each in tensor.data)
    if not fits:
        raise UnreadableError(f"an element of {place} {_NO_JSON} {tensor.datatype}")
    return tensor


def written(tensors: Tensors) -> list[dict[str, Any]]:
    """Tensors as the protocol writes them."""
    return [
        {"name": name, "shape": list(each.shape), "datatype": each.datatype, "data": list(each.data)}
        for name, each in tensors.items()
    ]


def nested(tensor: Tensor) -> Any:  # noqa: ANN401 - a value of JSON
    """The elements as lists in lists, one level for each dimension."""
    return _rows(tensor.data, tensor.shape)


def _rows(elements: Sequence[Any], shape: Sequence[int]) -> Any:  # noqa: ANN401 - a value of JSON
    if len(shape) <= 1:
        return list(elements) if shape else elements[0]
    width = len(elements) // shape[0] if shape[0] else 0
    return [_rows(elements[row * width : (row + 1) * width], shape[1:]) for row in range(shape[0])]


def of_nested(value: Any, datatype: str, place: str) -> Tensor:  # noqa: ANN401 - any value of JSON
    """Lists in lists as a tensor.

    Raises:
        UnreadableError: rows differ in length, or an element is not of the type.
    """
    shape, level = list[int](), value
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    if len(shape) > _MOST_DIMENSIONS or not _is_regular(value, shape):
        raise UnreadableError(f"the rows of {place} differ in length")
    return checked(Tensor(datatype, shape, list(_flat(value)) if shape else [value]), place)


def _is_regular(value: Any, shape: Sequence[int]) -> bool:  # noqa: ANN401 - any value of JSON
    if not shape:
        return not isinstance(value, list)
    return isinstance(value, list) and len(value) == shape[0] and all(_is_regular(each, shape[1:]) for each in value)


def _is_size(size: Any) -> bool:  # noqa: ANN401 - any value of JSON
    return type(size) is int and size >= 1


def _flat(data: Sequence[Any]) -> Iterator[Any]:
    for each in data:
        if isinstance(each, list):
            yield from _flat(each)
        else:
            yield each
