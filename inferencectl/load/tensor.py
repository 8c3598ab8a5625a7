"""The input of a prediction, and the requests that carry it."""

import base64
import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Dialect(StrEnum):
    """The protocols that a server speaks, over REST and over gRPC."""

    OPEN_INFERENCE = "open-inference"
    TENSORFLOW_SERVING = "tensorflow-serving"


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """An input of 32-bit floats: the values of ``shape``, flat and in row-major order."""

    name: str
    shape: Sequence[int]
    values: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.values) != math.prod(self.shape):
            raise ValueError(f"tensor {self.name}: {len(self.values)} values for the shape {list(self.shape)}")


def rest_path(dialect: Dialect, model: str) -> str:
    """The path that predictions of a model are requested at, whichever version answers."""
    return f"/v2/models/{model}/infer" if dialect is Dialect.OPEN_INFERENCE else f"/v1/models/{model}:predict"


def rest_body(dialect: Dialect, inputs: Sequence[Tensor]) -> str:
    """A request over REST, as JSON."""
    if dialect is Dialect.OPEN_INFERENCE:
        tensors = [
            {"name": each.name, "datatype": "FP32", "shape": list(each.shape), "data": list(each.values)}
            for each in inputs
        ]
        return json.dumps({"inputs": tensors})
    return json.dumps({"inputs": {each.name: _nested(each.values, each.shape) for each in inputs}})


def grpc_message(dialect: Dialect, model: str, inputs: Sequence[Tensor]) -> str:
    """A request over gRPC, in the JSON form of its message."""
    if dialect is Dialect.OPEN_INFERENCE:
        tensors = [
            {
                "name": each.name,
                "datatype": "FP32",
                "shape": list(each.shape),
                "contents": {"fp32Contents": list(each.values)},
            }
            for each in inputs
        ]
        return json.dumps({"modelName": model, "inputs": tensors})
    return json.dumps({"modelSpec": {"name": model}, "inputs": {each.name: _tensor_proto(each) for each in inputs}})


def _tensor_proto(tensor: Tensor) -> Mapping[str, Any]:
    content = struct.pack(f"<{len(tensor.values)}f", *tensor.values)
    return {
        "dtype": "DT_FLOAT",
        "tensorShape": {"dim": [{"size": size} for size in tensor.shape]},
        "tensorContent": base64.b64encode(content).decode(),
    }


def _nested(values: Sequence[float], shape: Sequence[int]) -> Any:  # noqa: ANN401 - a list of lists of any depth
    if len(shape) <= 1:
        return list(values) if shape else values[0]
    size = len(values) // shape[0]
    return [_nested(values[row * size : (row + 1) * size], shape[1:]) for row in range(shape[0])]
