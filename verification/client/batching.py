"""Concurrent requests combined into batches."""

import threading
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from verification.client.deadline import Deadline
from verification.client.errors import BadInputError, DeadlineExceededError, RefusedError
from verification.client.tensors import Rows, rows_of, shape_of
from verification.client.transport import DEFAULT_SIGNATURE

Outputs = Mapping[str, Rows]


class Predictor(Protocol):
    """Sends the batches: a :class:`verification.client.client.Client`, preferably one that speaks gRPC."""

    def predict(
        self, inputs: Mapping[str, Rows], *, signature: str = ..., timeout_seconds: float | None = ...
    ) -> Outputs:
        """See :meth:`verification.client.client.Client.predict`."""
        ...


@dataclass(frozen=True, eq=False)
class _Request:
    inputs: Mapping[str, Sequence[Rows]]
    rows: int
    deadline: Deadline
    future: Future[Outputs] = field(default_factory=Future)


@dataclass(eq=False)
class _Batch:
    """Requests that can be sent together: one signature, and the same inputs with rows of the same shape."""

    signature: str
    requests: list[_Request] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(request.rows for request in self.requests)


class BatchingClient:
    """Combines the requests of concurrent callers, for up to ``max_wait_seconds`` and up to ``max_rows`` rows.

    A request is never split, and one with more rows than ``max_rows`` is a batch of its own. Only requests of the same
    form are combined, so that a malformed one does not fail the others; an error of a batch reaches its own callers
    only. A batch has the latest deadline of its callers, and each caller waits until its own. At most ``calls`` batches
    are in flight. Closing this client does not close the one that it was given.
    """

    def __init__(
        self, client: Predictor, *, max_rows: int = 64, max_wait_seconds: float = 0.002, calls: int = 4
    ) -> None:
        self._client = client
        self._max_rows, self._max_wait_seconds = max_rows, max_wait_seconds
        self._lock = threading.Lock()
        self._pending: dict[Hashable, _Batch] = {}
        self._calls = ThreadPoolExecutor(calls, thread_name_prefix="batching-client")

    def predict(
        self, inputs: Mapping[str, Rows], *, signature: str = DEFAULT_SIGNATURE, timeout_seconds: float = 10.0
    ) -> Outputs:
        """The outputs of the caller's own rows; see :meth:`verification.client.client.Client.predict`."""
        deadline = Deadline.after(timeout_seconds)
        future = self._submit(inputs, signature, deadline)
        try:
            return future.result(deadline.remaining())
        except TimeoutError:
            raise DeadlineExceededError("no response within the deadline") from None

    def submit(
        self, inputs: Mapping[str, Rows], *, signature: str = DEFAULT_SIGNATURE, timeout_seconds: float = 10.0
    ) -> Future[Outputs]:
        """Like :meth:`predict`, but returns at once.

        Raises:
            BadInputError: an input is not a list of rows, or the inputs have different numbers of rows.
        """
        return self._submit(inputs, signature, Deadline.after(timeout_seconds))

    def close(self) -> None:
        """Send the pending requests and wait for their responses."""
        with self._lock:
            for key in list(self._pending):
                self._send(key)
        self._calls.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _submit(self, inputs: Mapping[str, Rows], signature: str, deadline: Deadline) -> Future[Outputs]:
        rows, form = _form(inputs)
        request = _Request({name: rows_of(value) for name, value in inputs.items()}, rows, deadline)
        key = (signature, form)
        with self._lock:
            batch = self._pending.get(key)
            if batch and batch.rows + rows > self._max_rows:
                self._send(key)
                batch = None
            if batch is None:
                batch = self._pending[key] = _Batch(signature)
                self._send_later(key, batch)
            batch.requests.append(request)
            if batch.rows >= self._max_rows:
                self._send(key)
        return request.future

    def _send_later(self, key: Hashable, batch: _Batch) -> None:
        def send() -> None:
            with self._lock:
                if self._pending.get(key) is batch:
                    self._send(key)

        timer = threading.Timer(self._max_wait_seconds, send)
        timer.daemon = True
        timer.start()

    def _send(self, key: Hashable) -> None:
        self._calls.submit(self._predict_batch, self._pending.pop(key))

    def _predict_batch(self, batch: _Batch) -> None:
        waiting = [request for request in batch.requests if request.future.set_running_or_notify_cancel()]
        if not waiting:
            return
        combined = {name: [row for each in waiting for row in each.inputs[name]] for name in waiting[0].inputs}
        try:
            longest = max(request.deadline.seconds_left for request in waiting)
            outputs = self._client.predict(combined, signature=batch.signature, timeout_seconds=longest)
            parts = _split(outputs, [request.rows for request in waiting])
        except BaseException as error:  # noqa: BLE001 - every error belongs to the callers
            for request in waiting:
                request.future.set_exception(error)
            return
        for request, part in zip(waiting, parts, strict=True):
            request.future.set_result(part)


def _form(inputs: Mapping[str, Rows]) -> tuple[int, Hashable]:
    """The number of rows, and the form of one row, which requests must share to be combined."""
    shapes = {name: shape_of(value) for name, value in inputs.items()}
    counts = {shape[0] if shape else 0 for shape in shapes.values()}
    if len(counts) != 1 or counts == {0}:
        raise BadInputError(f"inputs of shapes {shapes}; give each input the same number of rows, at least one")
    return counts.pop(), tuple(sorted((name, shape[1:]) for name, shape in shapes.items()))


def _split(outputs: Outputs, counts: Sequence[int]) -> list[Outputs]:
    """The outputs of each request, given the number of rows of each."""
    for name, rows in outputs.items():
        if len(rows_of(rows)) != sum(counts):
            raise RefusedError(
                f"output '{name}' has {len(rows_of(rows))} rows for {sum(counts)} rows of input;"
                " the signature cannot be batched"
            )
    parts: list[Outputs] = []
    start = 0
    for count in counts:
        parts.append({name: rows_of(rows)[start : start + count] for name, rows in outputs.items()})
        start += count
    return parts
