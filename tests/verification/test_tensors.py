"""Tensors as nested lists and as TensorFlow's message."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification import BadInputError, RefusedError, Rows
from verification.client.tensorflow_serving.messages_pb2 import DT_FLOAT, TensorProto
from verification.client.tensorflow_serving.tensors import from_message, to_message, type_name
from verification.client.tensors import shape_of, values_of

WHOLE = {"DT_INT8": 8, "DT_INT16": 16, "DT_INT32": 32, "DT_INT64": 64}
COUNTING = {"DT_UINT8": 8, "DT_UINT16": 16, "DT_UINT32": 32, "DT_UINT64": 64}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "DT_FLOAT": st.floats(width=32, allow_nan=False),
    "DT_DOUBLE": st.floats(allow_nan=False),
    "DT_BOOL": st.booleans(),
    "DT_STRING": st.text(st.characters(exclude_categories=["Cs"])),
    **{name: st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in WHOLE.items()},
    **{name: st.integers(0, 2**bits - 1) for name, bits in COUNTING.items()},
}


def lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, a list of values, or a list of lists of one length."""
    table = st.integers(0, 3).flatmap(lambda width: st.lists(st.lists(values, min_size=width, max_size=width)))
    return st.one_of(values, st.lists(values), table)


@given(st.data(), st.sampled_from(sorted(VALUES)))
def test_a_tensor_survives_the_wire(data: st.DataObject, data_type: str) -> None:
    rows = data.draw(lists(VALUES[data_type]))
    message = TensorProto.FromString(to_message(rows, data_type).SerializeToString())
    assert type_name(message.dtype) == data_type
    back = from_message(message)
    assert list(values_of(back)) == list(values_of(rows))
    assert shape_of(back) == shape_of(rows)


def tensor(shape: tuple[int, ...], **fields: Any) -> TensorProto:
    message = TensorProto(dtype=DT_FLOAT, **fields)
    for size in shape:
        message.tensor_shape.dim.add(size=size)
    return message


def test_the_last_value_stands_for_omitted_ones() -> None:
    assert from_message(tensor((2, 2), float_val=[1.0, 2.0])) == [[1.0, 2.0], [2.0, 2.0]]


@pytest.mark.parametrize(
    "message", [tensor((2,), float_val=[1.0] * 3), tensor((2,)), tensor((3,), tensor_content=b"1234")], ids=str
)
def test_values_that_do_not_fit_the_shape_are_refused(message: TensorProto) -> None:
    with pytest.raises(RefusedError, match="does not fit"):
        from_message(message)


def test_a_type_that_is_not_supported_is_named() -> None:
    with pytest.raises(RefusedError, match="data type 19"):
        from_message(TensorProto(dtype=19))  # pyright: ignore[reportArgumentType] - a number that the enum does not name
    with pytest.raises(BadInputError, match="data type 19 is not supported over gRPC; use REST"):
        to_message([1.0], "data type 19")


@pytest.mark.parametrize(("value", "data_type"), [(300, "DT_UINT8"), ("1", "DT_INT32"), (0.5, "DT_INT64")])
def test_a_value_that_does_not_fit_the_type_is_refused(value: Rows, data_type: str) -> None:
    with pytest.raises(BadInputError, match=f"a value is not a {data_type}"):
        to_message([value], data_type)
