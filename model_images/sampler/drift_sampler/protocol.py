"""The protocols that the runtimes are asked by, as far as a sampler reads them."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from drift_sampler.distributions import Values
from drift_sampler.errors import UnreadableError
from drift_sampler.rows import flat, rows_of

MOST_ROWS = 1000
"""Rows that are read of a request and of its answer: of what follows, nothing is made but JSON."""


class Protocol(ABC):
    """Predictions as HTTP requests with JSON in them."""

    @abstractmethod
    def path_pattern(self, model: str) -> re.Pattern[str]:
        """The whole path of a prediction; the group ``version`` has the version, if the request names one."""

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
    def _inputs(self, document: Mapping[str, Any]) -> Iterator[Values]: ...

    @abstractmethod
    def _outputs(self, document: Mapping[str, Any]) -> Iterator[Values]: ...


class TensorFlowServing(Protocol):
    """The predict API, by rows and by columns. Source: https://www.tensorflow.org/tfx/serving/api_rest#predict_api"""

    def path_pattern(self, model: str) -> re.Pattern[str]:
        """With a label, a request may go to any version: such paths do not match."""
        return re.compile(rf"/v1/models/{re.escape(model)}(/versions/(?P<version>\d+))?:predict")

    def _inputs(self, document: Mapping[str, Any]) -> Iterator[Values]:
        return _by_row_or_column(document, "instances", "inputs")

    def _outputs(self, document: Mapping[str, Any]) -> Iterator[Values]:
        return _by_row_or_column(document, "predictions", "outputs")


class OpenInference(Protocol):
    """The open inference protocol. Tensors that follow the JSON in binary are not read.

    Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
    """

    def path_pattern(self, model: str) -> re.Pattern[str]:
        """See the base class."""
        return re.compile(rf"/v2/models/{re.escape(model)}(/versions/(?P<version>\d+))?/infer")

    def _inputs(self, document: Mapping[str, Any]) -> Iterator[Values]:
        return _tensors(document["inputs"])

    def _outputs(self, document: Mapping[str, Any]) -> Iterator[Values]:
        return _tensors(document["outputs"])


PROTOCOLS: Mapping[str, Protocol] = {"tensorflow-serving": TensorFlowServing(), "open-inference": OpenInference()}


def _read(body: bytes, meaning: Any) -> Iterator[Values]:  # noqa: ANN401 - a method of a protocol
    try:
        yield from islice(meaning(json.loads(body)), MOST_ROWS)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        raise UnreadableError("it is not what the protocol says") from None


def _by_row_or_column(document: Mapping[str, Any], rows: str, columns: str) -> Iterator[Values]:
    if rows in document:
        return map(_of_row, document[rows])
    named = document[columns]
    return rows_of(named if isinstance(named, dict) else {"": named})


def _of_row(row: Any) -> Values:  # noqa: ANN401 - any value of JSON
    """A row names its tensors, unless there is only one."""
    return {name: flat(value) for name, value in row.items()} if isinstance(row, dict) else {"": flat(row)}


def _tensors(tensors: Sequence[Mapping[str, Any]]) -> Iterator[Values]:
    """The data of a tensor is flat or nested; its shape says how much of it is a row."""
    return rows_of({str(tensor["name"]): _by_shape(tensor) for tensor in tensors})


def _by_shape(tensor: Mapping[str, Any]) -> list[list[object]]:
    values, rows = flat(tensor["data"]), int(tensor["shape"][0])
    if rows < 1 or len(values) % rows:
        raise UnreadableError("the data of a tensor is not of its shape")
    width = len(values) // rows
    if not width:
        raise UnreadableError("the rows of a tensor are empty")
    return [values[start : start + width] for start in range(0, min(len(values), MOST_ROWS * width), width)]
