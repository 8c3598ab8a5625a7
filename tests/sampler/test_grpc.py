"""Copies of calls over gRPC: read as the runtime's own protocol, asked again over gRPC, and counted like all others."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift_sampler.errors import NoPredictionError, UnreadableError
from drift_sampler.grpc_protocol import GRPC_PROTOCOLS
from drift_sampler.intake import READING_SECONDS
from drift_sampler.messages_pb2 import (
    ModelInferRequest,
    ModelInferResponse,
    ModelSpec,
    PredictRequest,
    PredictResponse,
    TensorProto,
)
from tests.sampler.references import written
from tests.sampler.running import MODEL, MOST_BYTES, SHARE, VERSION, Running, running, settled
from tests.sampler.stand_in_grpc import StandInCalls, answering
from tests.sampler.stand_in_model import PROBABILITIES, standing_in
from tests.waiting import soon
from verification.client.open_inference import messages_pb2 as triton
from verification.client.tensorflow_serving import messages_pb2 as tensorflow
from verification.client.tensorflow_serving.tensors import to_message

TENSORFLOW, OPEN = GRPC_PROTOCOLS["tensorflow-serving"], GRPC_PROTOCOLS["open-inference"]
NAN = float("nan")


def predict(rows: Any, model: str = MODEL, version: int | None = None) -> bytes:
    """A request of the client of this platform."""
    request = tensorflow.PredictRequest(model_spec=tensorflow.ModelSpec(name=model))
    if version is not None:
        request.model_spec.version.value = version
    request.inputs["pixels"].CopyFrom(to_message(rows, "DT_FLOAT"))
    return request.SerializeToString()


def predicted(body: bytes) -> bytes:
    rows = tensorflow.PredictRequest.FromString(body).inputs["pixels"].tensor_shape.dim[0].size
    answer = tensorflow.PredictResponse()
    answer.outputs["probabilities"].CopyFrom(to_message([PROBABILITIES] * rows, "DT_FLOAT"))
    return answer.SerializeToString()


@pytest.fixture
def served() -> Iterator[StandInCalls]:
    with answering({TENSORFLOW.method: predicted}) as model:
        yield model


@pytest.fixture
def sampler(served: StandInCalls, tmp_path: Path) -> Iterator[Running]:
    with standing_in() as model:
        model.grpc_port = served.port
        with running(model, written(tmp_path)) as started:
            yield started
        assert model.paths == [], "what came over gRPC is asked over gRPC"


def test_a_call_is_asked_again_as_it_came_and_counted(sampler: Running, served: StandInCalls) -> None:
    body = predict([[1, 5, NAN]] * 100)
    sampler.call(TENSORFLOW.method, body)
    sampler.call(TENSORFLOW.method, predict([[1, 5, 15]] * 100, version=VERSION))
    settled(sampler, 2)
    assert sampler.outcome("observed") == 2
    assert served.asked[0] == (TENSORFLOW.method, body)
    shown = sampler.metrics()
    assert shown[f'{SHARE}{{bin="4 to 8",feature="pixels[1]",kind="input"}}'] == 1
    assert shown[f'{SHARE}{{bin="missing",feature="pixels[2]",kind="input"}}'] == 0.5
    assert shown[f'{SHARE}{{bin="1",feature="probabilities",kind="prediction"}}'] == 1


@pytest.mark.parametrize(
    ("method", "messages", "outcome"),
    [
        ("/tensorflow.serving.PredictionService/GetModelMetadata", [b""], "no-prediction"),
        ("/tensorflow.serving.SessionService/SessionRun", [b"x"], "no-prediction"),
        (TENSORFLOW.method, [predict([[1, 5, 15]], model="other")], "no-prediction"),
        (TENSORFLOW.method, [predict([[1, 5, 15]])] * 2, "no-prediction"),
        (TENSORFLOW.method, [predict([[1, 5, 15]], version=VERSION + 1)], "other-version"),
        (TENSORFLOW.method, [predict([[1, 5]])], "unreadable"),
        (TENSORFLOW.method, [b"\xff"], "unreadable"),
        (TENSORFLOW.method, [predict([[1, 5, 15]] * (MOST_BYTES // 12))], "too-large"),
    ],
)
def test_what_is_no_prediction_or_too_large_is_counted_and_not_asked(
    sampler: Running, served: StandInCalls, method: str, messages: list[bytes], outcome: str
) -> None:
    sampler.call(method, *messages)
    settled(sampler, 1)
    assert sampler.outcome(outcome) == 1
    assert served.asked == []


def test_a_compressed_message_stays_compressed_and_so_unreadable(sampler: Running, served: StandInCalls) -> None:
    sampler.call(TENSORFLOW.method, predict([[0, 0, 0]] * 50_000), compression=grpc.Compression.Gzip)
    settled(sampler, 1)
    assert sampler.outcome("unreadable") == 1
    assert served.asked == []


def test_what_the_model_refuses_is_not_answered_and_the_next_is(sampler: Running, served: StandInCalls) -> None:
    served.status = grpc.StatusCode.INVALID_ARGUMENT
    sampler.call(TENSORFLOW.method, predict([[1, 5, 15]]))
    settled(sampler, 1)
    served.status = grpc.StatusCode.OK
    sampler.call(TENSORFLOW.method, predict([[1, 5, 15]]))
    settled(sampler, 2)
    assert (sampler.outcome("not-answered"), sampler.outcome("observed")) == (1, 1)


def test_a_call_that_does_not_end_keeps_no_place(sampler: Running) -> None:
    """Of the first message of a stream, nobody knows whether another follows."""

    def never() -> Iterator[bytes]:
        yield predict([[1, 5, 15]])
        soon(lambda: sampler.outcome("too-slow") == 1, "the copy is dropped", READING_SECONDS + 5)

    with grpc.insecure_channel(f"127.0.0.1:{sampler.grpc_port}") as channel:
        assert channel.stream_unary(TENSORFLOW.method)(never(), timeout=30) == b""
    assert sampler.metrics()["inference_sampler_held"] == 0


def test_tensors_of_tensorflow_packed_and_in_fields_and_where_the_rest_is_equal() -> None:
    shape = {"dim": [{"size": 2}, {"size": 2}]}
    for tensor in (
        TensorProto(dtype=1, tensor_shape=shape, tensor_content=struct.pack("<4f", 1, 2, 3, 3)),
        TensorProto(dtype=1, tensor_shape=shape, float_val=[1, 2, 3]),
        TensorProto(dtype=9, tensor_shape=shape, int64_val=[1, 2, 3, 3]),
    ):
        body = PredictRequest(inputs={"x": tensor}).SerializeToString()
        assert list(TENSORFLOW.inputs(body)) == [{"x": [1, 2]}, {"x": [3, 3]}]


def test_tensors_of_the_open_inference_protocol_raw_and_in_fields() -> None:
    request = triton.ModelInferRequest(model_name=MODEL, raw_input_contents=[struct.pack("<2e", 1, 2)])
    request.inputs.add(name="x", datatype="FP16", shape=[1, 2])
    assert list(OPEN.inputs(request.SerializeToString())) == [{"x": [1, 2]}]
    answer = triton.ModelInferResponse()
    answer.outputs.add(name="y", datatype="FP32", shape=[1, 2]).contents.fp32_contents.extend([0.5, 0.25])
    assert list(OPEN.outputs(answer.SerializeToString())) == [{"y": [0.5, 0.25]}]


@pytest.mark.parametrize(
    "tensor",
    [
        TensorProto(dtype=1, tensor_shape={"dim": [{"size": 10**12}]}, float_val=[1]),
        TensorProto(dtype=1, tensor_shape={"dim": [{"size": -1}]}, float_val=[1]),
        TensorProto(dtype=1, tensor_shape={"dim": [{"size": 1}]}, float_val=[1, 2]),
        TensorProto(dtype=1, tensor_shape={"dim": [{"size": 1}]}),
        TensorProto(dtype=1, tensor_shape={"dim": [{"size": 1}]}, tensor_content=b"xyz"),
        TensorProto(dtype=1, float_val=[1]),
        TensorProto(dtype=7, tensor_shape={"dim": [{"size": 1}]}),
    ],
)
def test_a_tensor_that_is_not_of_its_shape_or_of_text_is_refused(tensor: TensorProto) -> None:
    with pytest.raises(UnreadableError):
        list(TENSORFLOW.inputs(PredictRequest(inputs={"x": tensor}).SerializeToString()))


def test_a_few_bytes_are_not_made_into_many_values() -> None:
    """Each tensor is one value and a shape that is allowed; together they would be gigabytes."""
    tensor = TensorProto(dtype=1, tensor_shape={"dim": [{"size": 2**10}, {"size": 2**9}]}, float_val=[1])
    body = PredictRequest(inputs={str(number): tensor for number in range(2)})
    assert len(next(iter(TENSORFLOW.inputs(body.SerializeToString())))) == 2
    body.inputs["third"].CopyFrom(tensor)
    with pytest.raises(UnreadableError):
        list(TENSORFLOW.inputs(body.SerializeToString()))


def test_a_version_is_that_which_the_message_names_and_none_with_a_label() -> None:
    label = PredictRequest(model_spec=ModelSpec(name=MODEL, version_label="stable")).SerializeToString()
    for body in (label, predict([[1]], model="other")):
        with pytest.raises(NoPredictionError):
            TENSORFLOW.version(TENSORFLOW.method, body, MODEL)
    assert TENSORFLOW.version(TENSORFLOW.method, predict([[1]], version=7), MODEL) == "7"
    assert TENSORFLOW.version(TENSORFLOW.method, predict([[1]]), MODEL) is None
    asked = ModelInferRequest(model_name=MODEL, model_version="7").SerializeToString()
    assert OPEN.version(OPEN.method, asked, MODEL) == "7"
    with pytest.raises(NoPredictionError):
        OPEN.version("/inference.GRPCInferenceService/ModelStreamInfer", asked, MODEL)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    for protocol in GRPC_PROTOCOLS.values():
        for read in (
            protocol.inputs,
            protocol.outputs,
            lambda each, protocol=protocol: [protocol.version(protocol.method, each, MODEL)],
        ):
            try:
                list(read(body))
            except (UnreadableError, NoPredictionError):
                continue


@given(st.lists(st.lists(st.floats(width=32), min_size=2, max_size=2), min_size=1, max_size=5))
def test_rows_are_what_the_clients_wrote(rows: list[list[float]]) -> None:
    found = [row["pixels"] for row in TENSORFLOW.inputs(predict(rows))]
    assert repr(found) == repr(rows)
    answer = PredictResponse(outputs={"p": PredictRequest.FromString(predict(rows)).inputs["pixels"]})
    assert repr([row["p"] for row in TENSORFLOW.outputs(answer.SerializeToString())]) == repr(rows)
    assert ModelInferResponse.FromString(b"") == ModelInferResponse()
