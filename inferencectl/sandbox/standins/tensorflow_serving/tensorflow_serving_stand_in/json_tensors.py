"""Tensors as JSON, in rows (`instances`) or by column (`inputs`). Source: tensorflow_serving/util/json_tensor.cc."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tensorflow_serving_stand_in.errors import invalid
from tensorflow_serving_stand_in.servable import Arrays

_BASE64 = "b64"
_BYTES_SUFFIX = "_bytes"
_SHOWN_CHARACTERS = 256
ROWS, COLUMNS = "instances", "inputs"


def parsed(body: bytes) -> Mapping[str, Any]:
    """The object in the body of a request.

    Raises:
        ServingError: it is not JSON, or not an object.
    """
    try:
        found = json.loads(body)
    except json.JSONDecodeError as error:
        raise invalid(f"JSON Parse error: Invalid value. at offset: {error.pos}") from None
    except UnicodeDecodeError as error:
        raise invalid(f"JSON Parse error: Invalid encoding in string. at offset: {error.start}") from None
    if not isinstance(found, dict):
        raise invalid(f"JSON Value: {_shown(found)} Is not object")
    if not isinstance(found.get("signature_name", ""), str):
        raise invalid(
            f"JSON Value: {_shown(found)} not formatted correctly. 'signature_name' key must be a string value."
        )
    return found


def inputs(body: Mapping[str, Any], signature: Any) -> Arrays:
    """The inputs of a request for a signature.

    Raises:
        ServingError: they are not in one of the two forms, or their values are not of the signature's types.
    """
    types = {name: tf.dtypes.as_dtype(info.dtype) for name, info in signature.inputs.items()}
    if ROWS in body and COLUMNS in body:
        raise invalid(
            f"JSON Value: {_shown(body)} Not formatted correctly expecting only one of 'inputs' or 'instances' "
            "keys to exist "
        )
    if ROWS in body:
        return _of_rows(body, types)
    if COLUMNS in body:
        return _of_columns(body[COLUMNS], types)
    raise invalid("Missing 'inputs' or 'instances' key")


def outputs(arrays: Arrays, *, rows: bool) -> Mapping[str, Any]:
    """The answer to a request in rows or by column.

    Raises:
        ServingError: the outputs do not have the same number of rows.
    """
    plain = {name: _plain(name, array) for name, array in sorted(arrays.items())}
    if not rows:
        return {"outputs": plain if len(plain) > 1 else next(iter(plain.values()))}
    counts = {name: len(array) for name, array in arrays.items() if array.ndim}
    for name in arrays:
        if name not in counts:
            raise invalid(f"Tensor name: {name} has no shape information ")
    if len(set(counts.values())) > 1:
        (_, first), *others = counts.items()
        name, count = next((name, count) for name, count in others if count != first)
        raise invalid(f"Tensor name: {name} has inconsistent batch size: {count} expecting: {first}")
    if len(plain) == 1:
        return {"predictions": next(iter(plain.values()))}
    return {"predictions": [dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)]}


def _of_rows(body: Mapping[str, Any], types: Mapping[str, Any]) -> Arrays:
    rows = body[ROWS]
    if not isinstance(rows, list):
        raise invalid(f"JSON Value: {_shown(body)} Expecting 'instances' to be an list/array")
    if not rows:
        raise invalid(f"JSON Value: {_shown(body)} No values in 'instances' array")
    if not _is_object(rows[0]):
        if len(types) > 1:
            raise invalid(
                "instances is a plain list, but expecting list of objects as multiple "
                "input tensors required as per tensorinfo_map"
            )
        (name,) = types
        return {name: _array(name, rows, types[name])}
    for number, row in enumerate(rows):
        if not _is_object(row):
            raise invalid(f"Expecting object but got list at item {number} of input list")
        if set(row) != set(types):
            raise invalid(
                f"Failed to process element: {number} of 'instances' list. JSON object: {_shown(row)} "
                f"keys must be equal to: {','.join(sorted(types))}"
            )
    return {name: _array(name, [row[name] for row in rows], kind) for name, kind in types.items()}


def _of_columns(given: Any, types: Mapping[str, Any]) -> Arrays:
    if _is_object(given):
        for name in sorted(types):
            if name not in given:
                raise invalid(f"Missing named input: {name} in 'inputs' object.")
        return {name: _array(name, given[name], kind) for name, kind in types.items()}
    if len(types) > 1:
        raise invalid(
            "inputs is a plain value/list, but expecting an object as multiple "
            "input tensors required as per tensorinfo_map"
        )
    (name,) = types
    return {name: _array(name, given, types[name])}


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and set(value) != {_BASE64}


def _array(name: str, values: Any, kind: Any) -> np.ndarray:
    _require_type(values, kind)
    try:
        if kind == tf.string:
            return np.array(_bytes(values), dtype=object)
        return np.array(values, dtype=kind.as_numpy_dtype)
    except (TypeError, ValueError, OverflowError):
        raise invalid(f"JSON Value: {_shown(values)} of input {name} is not a tensor of type {kind.name}") from None


def _require_type(values: Any, kind: Any) -> None:
    if isinstance(values, list):
        for value in values:
            _require_type(value, kind)
        return
    fits = {
        tf.string: isinstance(values, str | dict),
        tf.bool: isinstance(values, bool),
        tf.float32: isinstance(values, int | float) and not isinstance(values, bool),
        tf.float64: isinstance(values, int | float) and not isinstance(values, bool),
    }.get(kind, isinstance(values, int) and not isinstance(values, bool))
    if not fits:
        raise invalid(f"JSON Value: {_shown(values)} Type: {_type_of(values)} is not of expected type: {kind.name}")


def _type_of(value: Any) -> str:
    names = {bool: "Boolean", str: "String", int: "Number", float: "Number", dict: "Object", type(None): "Null"}
    return names.get(type(value), "Array")


def _bytes(values: Any) -> Any:
    if isinstance(values, list):
        return [_bytes(value) for value in values]
    if isinstance(values, str):
        return values.encode()
    try:
        return base64.b64decode(values[_BASE64], validate=True)
    except (KeyError, TypeError, binascii.Error):
        raise invalid(f"JSON Value: {_shown(values)} not formatted correctly for base64 data") from None


def _plain(name: str, array: np.ndarray) -> Any:
    if array.dtype == object:
        text = _encoded if name.endswith(_BYTES_SUFFIX) else _decoded
        return np.vectorize(text, otypes=[object])(array).tolist() if array.size else array.tolist()
    if array.dtype == np.float32:
        # The shortest decimal that is the same float32, not the float64 of the same value.
        shortest: Sequence[float] = [float(str(value)) for value in array.ravel()]
        return np.array(shortest, np.float64).reshape(array.shape).tolist()
    return array.tolist()


def _decoded(value: bytes) -> str:
    return value.decode(errors="replace")


def _encoded(value: bytes) -> dict[str, str]:
    return {_BASE64: base64.b64encode(value).decode()}


def _shown(value: Any) -> str:
    return json.dumps(value)[:_SHOWN_CHARACTERS]
