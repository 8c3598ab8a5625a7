"""The sampler behind a real Envoy that copies every call over gRPC: clients get what they got without it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from benchmarks.mirroring_proxy import mirroring_proxy
from tests.sampler.references import written
from tests.sampler.running import Running, running, settled
from tests.sampler.stand_in_grpc import answering
from tests.sampler.stand_in_model import standing_in
from tests.sampler.test_behind_a_proxy import killed, stopped
from tests.sampler.test_grpc import TENSORFLOW, predict, predicted
from tests.waiting import soon

BODY = predict([[1, 5, 15]])
ANSWER = predicted(BODY)
STREAM, REFUSED, TRAILER = (
    "/tensorflow.serving.Other/Stream",
    "/tensorflow.serving.Other/Refused",
    ("x-trailer", "kept"),
)


@contextmanager
def upstream() -> Iterator[int]:
    """The model as clients see it: predictions with a trailer, a stream, and a refusal; returns its port."""

    def answered(body: bytes, context: grpc.ServicerContext) -> bytes:
        sent = dict(context.invocation_metadata())
        context.set_trailing_metadata((TRAILER, ("x-sent", str(sent.get("x-sent")))))
        return predicted(body)

    def refused(_: bytes, context: grpc.ServicerContext) -> bytes:
        return context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too busy")

    def echoed(messages: Iterator[bytes], _: grpc.ServicerContext) -> Iterator[bytes]:
        yield from messages

    methods: dict[str, Any] = {
        TENSORFLOW.method: grpc.unary_unary_rpc_method_handler(answered),
        REFUSED: grpc.unary_unary_rpc_method_handler(refused),
        STREAM: grpc.stream_stream_rpc_method_handler(echoed),
    }

    class Handler(grpc.GenericRpcHandler):
        def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
            return methods.get(handler_call_details.method)

    server = grpc.server(ThreadPoolExecutor(8), handlers=[Handler()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait(5)


@pytest.fixture
def sampler(tmp_path: Path) -> Iterator[tuple[Running, grpc.Channel]]:
    """A sampler of a model, and a channel by which clients ask that model."""
    with answering({TENSORFLOW.method: predicted}) as asked, standing_in() as model, upstream() as port:
        model.grpc_port = asked.port
        with (
            running(model, written(tmp_path)) as started,
            mirroring_proxy(
                tmp_path, percent=100, sampler=started.grpc_port, model=port, plain_model=port, grpc=True
            ) as proxy,
            grpc.insecure_channel(f"127.0.0.1:{proxy.copying}") as channel,
        ):
            yield started, channel


def test_metadata_trailers_errors_and_streams_pass_and_predictions_are_observed(
    sampler: tuple[Running, grpc.Channel],
) -> None:
    started, channel = sampler
    answer, call = channel.unary_unary(TENSORFLOW.method).with_call(BODY, metadata=(("x-sent", "1"),), timeout=10)
    assert answer == ANSWER
    assert {TRAILER, ("x-sent", "1")} <= set(call.trailing_metadata())
    with pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary(REFUSED)(b"x", timeout=10)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED  # pyright: ignore[reportAttributeAccessIssue]
    messages = [b"a", b"b" * 100_000, b"c"]
    assert list(channel.stream_stream(STREAM)(iter(messages), timeout=10)) == messages
    settled(started, 3)
    assert started.outcome("observed") == 1
    assert started.outcome("no-prediction") == 2


@pytest.mark.parametrize("disturbed", [stopped, killed], ids=["hangs", "is killed"])
def test_no_call_is_lost_where_the_sampler(
    sampler: tuple[Running, grpc.Channel], disturbed: Callable[[Running], None]
) -> None:
    started, channel = sampler
    ask = channel.unary_unary(TENSORFLOW.method)
    assert ask(BODY, timeout=10) == ANSWER
    soon(lambda: started.outcome("observed") == 1, "the copy is observed")
    with ThreadPoolExecutor(8) as clients:
        calls = [clients.submit(ask, BODY, timeout=10) for _ in range(100)]
        disturbed(started)
        calls += [clients.submit(ask, BODY, timeout=10) for _ in range(300)]
        assert {each.result() for each in calls} == {ANSWER}
    started.process.kill()
