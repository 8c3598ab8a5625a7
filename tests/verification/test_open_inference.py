"""The open inference protocol where Triton does not show it: other servers' responses, and invalid ones."""

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verification.test_tensors import VALUES as OF_TENSORFLOW
from tests.verification.test_tensors import lists
from verification import BadInputError, RefusedError, VersionStatus
from verification.client.deadline import Deadline
from verification.client.open_inference.grpc import OpenInferenceGrpcTransport, outputs_of
from verification.client.open_inference.messages_pb2 import (
    InferTensorContents,
    ModelInferResponse,
    ModelMetadataResponse,
    ModelReadyResponse,
)
from verification.client.open_inference.rest import OpenInferenceRestTransport
from verification.client.open_inference.tensors import from_raw, to_raw
from verification.client.tensors import shape_of, values_of
from verification.client.transport import Servable, Signature, TensorForm
from verification.client.wire.grpc_channel import GrpcChannel
from verification.client.wire.http_exchange import HttpExchange, HttpResponse

DIGITS = Servable(model="digits", version=7)
SOON = Deadline.after(60)
FORM = TensorForm(data_type="FP32", shape=(-1, 2))
SIGNATURE = Signature(inputs={"x": FORM}, outputs={"y": FORM})
NAMES = {"DT_FLOAT": "FP32", "DT_DOUBLE": "FP64", "DT_BOOL": "BOOL", "DT_STRING": "BYTES"}
VALUES = {NAMES.get(name, name.removeprefix("DT_")): values for name, values in OF_TENSORFLOW.items()}


def rest(monkeypatch: pytest.MonkeyPatch, answers: dict[str, tuple[int, str]]) -> OpenInferenceRestTransport:
    """A client of a server with these responses, by path."""

    def request(_self: HttpExchange, _method: str, path: str, _body: bytes | None, _deadline: Deadline) -> HttpResponse:
        status, text = answers[path]
        return HttpResponse(status=status, body=text.encode())

    monkeypatch.setattr(HttpExchange, "request", request)
    return OpenInferenceRestTransport(urlsplit("http://somewhere"), DIGITS)


def grpc(monkeypatch: pytest.MonkeyPatch, answers: list[Any]) -> OpenInferenceGrpcTransport:
    """A client of a server with these responses, in order."""
    remaining = iter(answers)
    monkeypatch.setattr(GrpcChannel, "call", lambda *_: next(remaining))
    return OpenInferenceGrpcTransport("127.0.0.1:1", DIGITS, encrypted=False)


def metadata(*versions: str) -> ModelMetadataResponse:
    return ModelMetadataResponse(versions=versions)


def test_a_version_that_is_known_but_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = (VersionStatus(version=6, state="NOT READY"), VersionStatus(version=7, state="AVAILABLE"))
    ready = "/v2/models/digits/versions/{}/ready"
    answers = {"/v2/models/digits": (200, '{"versions": ["6", "7"]}'), ready.format(6): (400, "")}
    assert rest(monkeypatch, {**answers, ready.format(7): (200, "")}).statuses(SOON) == expected
    states = [ModelReadyResponse(ready=ready) for ready in (False, True)]
    assert grpc(monkeypatch, [metadata("6", "7"), *states]).statuses(SOON) == expected


def test_a_server_that_names_no_version_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rest(monkeypatch, {"/v2/models/digits": (200, "{}")}).statuses(SOON) == ()
    assert grpc(monkeypatch, [metadata()]).statuses(SOON) == ()


def test_versions_that_are_not_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError, match="does not follow the open inference protocol"):
        rest(monkeypatch, {"/v2/models/digits": (200, '{"versions": ["new"]}')}).statuses(SOON)
    with pytest.raises(RefusedError, match="versions are not numbers: new"):
        grpc(monkeypatch, [metadata("new")]).statuses(SOON)


@pytest.mark.parametrize("data", ["[[1, 2], [3, 4]]", "[1, 2, 3, 4]"])
def test_values_over_rest_are_nested_or_not(monkeypatch: pytest.MonkeyPatch, data: str) -> None:
    text = f'{{"outputs": [{{"name": "y", "datatype": "FP32", "shape": [2, 2], "data": {data}}}]}}'
    transport = rest(monkeypatch, {"/v2/models/digits/versions/7/infer": (200, text)})
    assert transport.predict("", SIGNATURE, {"x": [[1.0, 2.0]]}, SOON) == {"y": [[1, 2], [3, 4]]}


def test_values_over_rest_that_do_not_fit_their_shape_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = '{"outputs": [{"name": "y", "datatype": "FP32", "shape": [2, 2], "data": [1]}]}'
    transport = rest(monkeypatch, {"/v2/models/digits/versions/7/infer": (200, text)})
    with pytest.raises(RefusedError, match=r"shape \[2, 2\] does not fit its 1 values"):
        transport.predict("", SIGNATURE, {"x": [[1.0, 2.0]]}, SOON)


@given(st.data(), st.sampled_from(sorted(VALUES)))
def test_a_tensor_survives_the_wire(data: st.DataObject, data_type: str) -> None:
    rows = data.draw(lists(VALUES[data_type]))
    back = from_raw(to_raw(rows, data_type), data_type, shape_of(rows))
    assert list(values_of(back)) == list(values_of(rows))
    assert shape_of(back) == shape_of(rows)


def answer(data_type: str, shape: tuple[int, ...], *raw: bytes, **contents: Any) -> ModelInferResponse:
    message = ModelInferResponse(raw_output_contents=raw)
    message.outputs.add(name="y", datatype=data_type, shape=shape, contents=InferTensorContents(**contents))
    return message


def test_a_server_may_answer_with_values_instead_of_bytes(triton_python: Path) -> None:
    typed = [
        ("BOOL", "bool_contents", [True, False]),
        ("UINT8", "uint_contents", [0, 255]),
        ("UINT64", "uint64_contents", [0, 2**64 - 1]),
        ("INT16", "int_contents", [-1, 2]),
        ("INT64", "int64_contents", [-1, 2]),
        ("FP32", "fp32_contents", [0.5, 1.5]),
        ("FP64", "fp64_contents", [0.1, 1e300]),
        ("BYTES", "bytes_contents", ["größer", ""]),
    ]
    outputs = [
        {"name": data_type, "datatype": data_type, "field": field, "values": values}
        for data_type, field, values in typed
    ]
    command = [str(triton_python), str(Path(__file__).with_name("official_answer.py"))]
    done = subprocess.run(command, input=json.dumps(outputs), capture_output=True, text=True, check=True)
    message = ModelInferResponse.FromString(bytes.fromhex(done.stdout))
    assert outputs_of(message) == {data_type: values for data_type, _, values in typed}


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (answer("FP32", (2,), b"1234"), r"shape \[2\] does not fit its 4 bytes"),
        (answer("FP32", (2,), fp32_contents=[1.0]), r"shape \[2\] does not fit its 1 values"),
        (answer("FP32", (1,), b"1234", b"1234"), "1 outputs and the raw contents of 2"),
        (answer("FP16", (1,)), "FP16 without its raw contents"),
        (answer("BF16", (1,), b"12"), "BF16, which is not supported over gRPC; use REST"),
        (answer("BYTES", (1,), b"\x01\x00"), "end within a length"),
        (answer("BYTES", (1,), b"\x05\x00\x00\x00ab"), "end within a string"),
        (answer("BYTES", (2,), b"\x01\x00\x00\x00a"), r"shape \[2\] does not fit its 1 values"),
    ],
    ids=str,
)
def test_an_invalid_response_is_refused(message: ModelInferResponse, error: str) -> None:
    with pytest.raises(RefusedError, match=error):
        outputs_of(message)


def test_what_cannot_be_encoded_is_refused_before_it_is_sent() -> None:
    with pytest.raises(BadInputError, match="BF16 is not supported over gRPC; use REST"):
        to_raw([1.0], "BF16")
    with pytest.raises(BadInputError, match="a value is not a UINT8"):
        to_raw([300], "UINT8")


def test_strings_follow_their_lengths() -> None:
    assert to_raw(["ab", ""], "BYTES") == b"\x02\x00\x00\x00ab\x00\x00\x00\x00"
