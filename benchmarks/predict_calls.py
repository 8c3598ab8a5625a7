"""``python -m benchmarks.predict_calls PORT``: a stand-in for a model server that is asked over gRPC.

It answers `Predict` of TensorFlow Serving as :mod:`benchmarks.predicting_server` does over HTTP. The few fields of its
messages are written here by hand, as the benchmarks are not built with those of any server.

Source of the field numbers: github.com/tensorflow/serving, tensorflow_serving/apis/predict.proto.
"""

import asyncio
import struct
import sys
from collections.abc import Sequence

import grpc
from grpc import aio

from benchmarks.predicting_server import PROBABILITIES, SECONDS

METHOD = "/tensorflow.serving.PredictionService/Predict"
_FLOAT, _BYTES, _CONTINUED = 1, 2, 0x80


def request(model: str, name: str, row: Sequence[float]) -> bytes:
    """A PredictRequest of one row."""
    return _field(1, _field(1, model.encode())) + _field(2, _entry(name, row))


def _entry(name: str, row: Sequence[float]) -> bytes:
    """A tensor of one row by its name, as a map has it."""
    shape = b"".join(_field(2, b"\x08" + _number(size)) for size in (1, len(row)))
    tensor = b"\x08" + _number(_FLOAT) + _field(2, shape) + _field(4, struct.pack(f"<{len(row)}f", *row))
    return _field(1, name.encode()) + _field(2, tensor)


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | _BYTES) + _number(len(content)) + content


def _number(value: int) -> bytes:
    if value < _CONTINUED:
        return bytes([value])
    return bytes([value % _CONTINUED | _CONTINUED]) + _number(value // _CONTINUED)


class _Model(grpc.GenericRpcHandler):
    def __init__(self) -> None:
        self._answer = _field(1, _entry("probabilities", PROBABILITIES))

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """Of `Predict` only."""
        if handler_call_details.method != METHOD:
            return None

        async def predict(_body: bytes, _context: object) -> bytes:
            await asyncio.sleep(SECONDS)
            return self._answer

        return grpc.unary_unary_rpc_method_handler(predict)  # pyright: ignore[reportArgumentType] - of grpc.aio


async def main(port: int) -> None:
    """Answer until the process is ended."""
    server = aio.server()
    server.add_generic_rpc_handlers((_Model(),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
