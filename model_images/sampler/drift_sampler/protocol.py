"""The protocols that the runtimes are asked by, as far as a sampler reads them."""

import json
import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from drift_sampler.distributions import Values
from drift_sampler.errors import NoPredictionError, UnreadableError
from drift_sampler.rows import flat, rows_of

MOST_ROWS = 1000
"""Rows that are read of a request and of its answer: of what follows, nothing is made but JSON."""


class Protocol(ABC):
    """Predictions, and the rows that are in them and in their answers."""

    @abstractmethod
    def version(self, path: str, body: bytes, model: str) -> str | None:
        """The version that a prediction of the model names; None if it names none.

        Raises:
            NoPredictionError: it is no prediction of the model.
            UnreadableError: nobody can tell.
        """

    def inputs(self, body: bytes) -> Iterator[Values]:
        """The rows that are asked for, one at a time, and `MOST_ROWS` at most.

        Raises:
            UnreadableError: it is no such request.
        """
        return _read(body, self._inputs)

    def outputs(self, body: bytes) -> Iterator[Values]:
        """The rows that are answered, as many of them.

        Raises:
            UnreadableError: it is no such answer.
        """
        return _read(body, self._outputs)

    @abstractmethod
    def _inputs(self, body: bytes) -> Iterator[Values]: ...

    @abstractmethod
    def _outputs(self, body: bytes) -> Iterator[Values]: ...


class HttpProtocol(Protocol):
    """Predictions as HTTP requests with JSON in them."""

    @abstractmethod
    def path_pattern(self, model: str) -> re.Pattern[str]:
        """The whole path of a prediction; the group ``version`` has the version, if the request names one."""

    def version(self, path: str, body: bytes, model: str) -> str | None:  # noqa: ARG002 - the path names it
        """See the base class."""
        asked = self.path_pattern(model).fullmatch(path)
        if asked is None:
            raise NoPredictionError
        return asked["version"]


class TensorFlowServing(HttpProtocol):
    """The predict API, by rows and by columns. Source: https://www.tensorflow.org/tfx/serving/api_rest#predict_api"""

    def path_pattern(self, model: str) -> re.Pattern[str]:
        """With a label, a request may go to any version: such paths do not match."""
        return re.compile(rf"/v1/models/{re.escape(model)}(/versions/(?P<version>\d+))?:predict")

    def _inputs(self, body: bytes) -> Iterator[Values]:
        return _by_row_or_column(json.loads(body), "instances", "inputs")

    def _outputs(self, body: bytes) -> Iterator[Values]:
        return _by_row_or_column(json.loads(body), "predictions", "outputs")


class OpenInference(HttpProtocol):
    """The open inference protocol. Tensors that follow the JSON in binary are not read.

    Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
    """

    def path_pattern(self, model: str) -> re.Pattern[str]:
        """See the base class."""
        return re.compile(rf"/v2/models/{re.escape(model)}(/versions/(?P<version>\d+))?/infer")

    def _inputs(self, body: bytes) -> Iterator[Values]:
        return tensor_rows(json.loads(body)["inputs"])

    def _outputs(self, body: bytes) -> Iterator[Values]:
        return tensor_rows(json.loads(body)["outputs"])


PROTOCOLS: Mapping[str, HttpProtocol] = {"tensorflow-serving": TensorFlowServing(), "open-inference": OpenInference()}


def _read(body: bytes, meaning: Any) -> Iterator[Values]:  # noqa: ANN401 - a method of a protocol
    try:
        yield from islice(meaning(body), MOST_ROWS)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, struct.error):
        raise UnreadableError("it is not what the protocol says") from None


def _by_row_or_column(document: Mapping[str, Any], rows: str, columns: str) -> Iterator[Values]:
    if rows in document:
        return map(_of_row, document[rows])
    named = document[columns]
    return rows_of(named if isinstance(named, dict) else {"": named})


def _of_row(row: Any) -> Values:  # noqa: ANN401 - any value of JSON
    """A row names its tensors, unless there is only one."""
    return {name: flat(value) for name, value in row.items()} if isinstance(row, dict) else {"": flat(row)}


def tensor_rows(tensors: Iterable[Mapping[str, Any]]) -> Iterator[Values]:
    """The rows of tensors, each with its name, shape and data. The data of a tensor is flat or nested; its shape says
    how much of it is a row."""
    return rows_of({str(tensor["name"]): _by_shape(tensor) for tensor in tensors})


def _by_shape(tensor: Mapping[str, Any]) -> list[list[object]]:
    values, rows = flat(tensor["data"]), int(tensor["shape"][0])
    if rows < 1 or len(values) % rows:
        raise UnreadableError("the data of a tensor is not of its shape")
    width = len(values) // rows
    if not width:
        raise UnreadableError("the rows of a tensor are empty")
    return [values[start : start + width] for start in range(0, min(len(values), MOST_ROWS * width), width)]
