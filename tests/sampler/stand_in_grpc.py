"""A stand-in for a model server that is asked over gRPC."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc


@dataclass(kw_only=True)
class StandInCalls:
    """What it is asked, and what it answers to each method."""

    answers: dict[str, Callable[[bytes], bytes]]
    port: int = 0
    status: grpc.StatusCode = grpc.StatusCode.OK
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    def answer(self, method: str, body: bytes, context: grpc.ServicerContext) -> bytes:
        self.asked.append((method, body))
        if self.status is not grpc.StatusCode.OK:
            context.abort(self.status, "as a test wants it")
        return self.answers[method](body)


@contextmanager
def answering(answers: dict[str, Callable[[bytes], bytes]]) -> Iterator[StandInCalls]:
    """One that answers until the context ends."""
    model = StandInCalls(answers=answers)

    class Handler(grpc.GenericRpcHandler):
        def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
            method = handler_call_details.method
            return grpc.unary_unary_rpc_method_handler(lambda body, context: model.answer(method, body, context))

    server = grpc.server(ThreadPoolExecutor(4), handlers=[Handler()])
    model.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield model
    finally:
        server.stop(None).wait(5)
