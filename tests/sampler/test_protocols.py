"""Requests and answers of the runtimes' protocols, as rows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift_sampler.errors import UnreadableError
from drift_sampler.protocol import PROTOCOLS, HttpProtocol

TENSORFLOW, OPEN = PROTOCOLS["tensorflow-serving"], PROTOCOLS["open-inference"]


def tensor(name: str, shape: list[int], data: object) -> dict[str, object]:
    return {"name": name, "shape": shape, "datatype": "FP32", "data": data}


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        ({"instances": [[1, 2], [3, 4]]}, [{"": [1, 2]}, {"": [3, 4]}]),
        ({"instances": [{"pixels": [1, 2]}]}, [{"pixels": [1, 2]}]),
        ({"instances": [7, 8]}, [{"": [7]}, {"": [8]}]),
        ({"instances": [[[1, 2], [3, 4]]]}, [{"": [1, 2, 3, 4]}]),
        ({"inputs": [[1, 2], [3, 4]]}, [{"": [1, 2]}, {"": [3, 4]}]),
        ({"inputs": {"a": [[1], [2]], "b": [3, 4]}}, [{"a": [1], "b": [3]}, {"a": [2], "b": [4]}]),
        ({"signature_name": "serving_default", "instances": [[1]]}, [{"": [1]}]),
    ],
)
def test_tensorflow_servings_rows_and_columns(document: object, rows: object) -> None:
    assert list(TENSORFLOW.inputs(json.dumps(document).encode())) == rows


def test_tensorflow_servings_answers() -> None:
    assert list(TENSORFLOW.outputs(b'{"predictions": [[0.1, 0.9]]}')) == [{"": [0.1, 0.9]}]
    assert list(TENSORFLOW.outputs(b'{"outputs": {"p": [[0.1, 0.9]]}}')) == [{"p": [0.1, 0.9]}]


def test_open_inference_is_the_same_flat_and_nested() -> None:
    for data in ([1, 2, 3, 4], [[1, 2], [3, 4]]):
        body = json.dumps({"inputs": [tensor("pixels", [2, 2], data)]}).encode()
        assert list(OPEN.inputs(body)) == [{"pixels": [1, 2]}, {"pixels": [3, 4]}]
    answer = {"outputs": [tensor("p", [1, 2], [0.1, 0.9]), tensor("digit", [1, 1], [1])]}
    assert list(OPEN.outputs(json.dumps(answer).encode())) == [{"p": [0.1, 0.9], "digit": [1]}]


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"x", b"[]", b"3", b"{}", b'{"instances": 3}', b'{"inputs": {}}', b'{"inputs": {"a": 1}}', b"\xff"),
        b'{"inputs": {"a": [1], "b": [1, 2]}}',
        b'{"instances": ' + b"[" * 100_000,
    ],
)
def test_what_is_none_is_refused(protocol: HttpProtocol, body: bytes) -> None:
    with pytest.raises(UnreadableError):
        list(protocol.inputs(body))


@pytest.mark.parametrize(
    "tensor",
    [
        {"name": "a", "shape": [], "data": []},
        {"name": "a", "shape": [0], "data": [1]},
        {"name": "a", "shape": [2], "data": [1, 2, 3]},
        {"name": "a", "shape": [2], "data": []},
        {"name": "a", "shape": [1], "parameters": {"binary_data_size": 4}},
        {"shape": [1], "data": [1]},
    ],
)
def test_a_tensor_that_is_not_of_its_shape_is_refused(tensor: object) -> None:
    with pytest.raises(UnreadableError):
        list(OPEN.inputs(json.dumps({"inputs": [tensor]}).encode()))


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    for protocol in PROTOCOLS.values():
        for read in (protocol.inputs, protocol.outputs):
            try:
                list(read(body))
            except UnreadableError:
                continue


@pytest.mark.parametrize(
    ("protocol", "path", "version"),
    [
        (TENSORFLOW, "/v1/models/digits:predict", None),
        (TENSORFLOW, "/v1/models/digits/versions/7:predict", "7"),
        (OPEN, "/v2/models/digits/infer", None),
        (OPEN, "/v2/models/digits/versions/7/infer", "7"),
    ],
)
def test_predictions_are_told_by_their_path(protocol: HttpProtocol, path: str, version: str | None) -> None:
    found = protocol.path_pattern("digits").fullmatch(path)
    assert found
    assert found["version"] == version


@pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/models/digits",
        "/v1/models/digits/metadata",
        "/v1/models/digits:classify",
        "/v1/models/digits/labels/stable:predict",
        "/v1/models/digitsX:predict",
        "/v2/models/digits",
        "/v2/models/digits/ready",
        "/v2/repository/models/digits/unload",
        "/v2/models/other/infer",
    ],
)
def test_nothing_else_is_asked_of_the_model(protocol: HttpProtocol, path: str) -> None:
    assert protocol.path_pattern("digits").fullmatch(path) is None
