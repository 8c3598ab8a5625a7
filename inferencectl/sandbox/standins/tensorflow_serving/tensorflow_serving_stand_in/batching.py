"""Requests that are put together and run at once, as TensorFlow Serving's batching session does it.

Sources: tensorflow_serving/batching/batching_session.cc and tensorflow/core/kernels/batching_util
(shared_batch_scheduler.h).
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import grpc
import numpy as np

from tensorflow_serving_stand_in.configuration import BatchingConfiguration
from tensorflow_serving_stand_in.errors import ServingError, invalid
from tensorflow_serving_stand_in.servable import Arrays, Servable


@dataclass(frozen=True)
class _Task:
    inputs: Arrays
    rows: int
    answer: "Future[Arrays]" = field(default_factory=Future)


@dataclass
class _Batch:
    """Tasks of one signature whose rows have the same shape; `due` is when it is run even if it is not full."""

    servable: Servable
    signature: str
    outputs: Sequence[str]
    due: float
    tasks: list[_Task] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(task.rows for task in self.tasks)


class Batcher:
    """Runs signatures like `Servable.run`, with the rows of concurrent callers in one run."""

    def __init__(self, configuration: BatchingConfiguration) -> None:
        self._configuration = configuration
        self._queues: dict[Hashable, deque[_Batch]] = defaultdict(deque)
        self._changed = threading.Condition()
        for _ in range(configuration.num_batch_threads):
            threading.Thread(target=self._work, daemon=True).start()

    def run(self, servable: Servable, signature: str, inputs: Arrays, outputs: Sequence[str]) -> Arrays:
        """See `Servable.run`; waits for others to fill the batch, at most for the time-out.

        Raises:
            ServingError: the inputs cannot be batched, too many batches wait, or TensorFlow refuses the batch.
        """
        task = _Task(inputs, self._rows(inputs))
        key = (id(servable), signature, tuple(outputs), _shapes(inputs))
        with self._changed:
            self._batch_for(task, key, servable, signature, outputs).tasks.append(task)
            self._changed.notify()
        return task.answer.result()

    def _rows(self, inputs: Arrays) -> int:
        sizes = {len(array) if array.ndim else -1 for array in inputs.values()}
        if len(sizes) != 1 or -1 in sizes:
            raise invalid("Batching session Run() input tensors must have equal 0th-dimension size")
        (rows,) = sizes
        if rows > self._configuration.max_batch_size:
            limit = self._configuration.max_batch_size
            raise invalid(f"Task size {rows} is larger than maximum input batch size {limit}")
        return rows

    def _batch_for(
        self, task: _Task, key: Hashable, servable: Servable, signature: str, outputs: Sequence[str]
    ) -> _Batch:
        queue = self._queues[key]
        if queue and queue[-1].rows + task.rows <= self._configuration.max_batch_size:
            return queue[-1]
        waiting, limit = len(queue), self._configuration.max_enqueued_batches
        if waiting >= limit:
            raise ServingError(
                grpc.StatusCode.UNAVAILABLE,
                "The batch scheduling queue to which this task was submitted is full; "
                f"currently {waiting} batches enqueued and max_enqueued_batches is {limit}",
            )
        due = time.monotonic() + self._configuration.batch_timeout_micros / 1e6
        queue.append(_Batch(servable, signature, outputs, due))
        return queue[-1]

    def _work(self) -> None:
        while True:
            with self._changed:
                while not (batch := self._ready()):
                    self._changed.wait(self._seconds_to_wait())
            self._run(batch)

    def _ready(self) -> _Batch | None:
        """A batch that is full or due, taken from its queue."""
        now = time.monotonic()
        ready = [
            (queue[0].due, key)
            for key, queue in self._queues.items()
            if queue and (len(queue) > 1 or queue[0].due <= now or self._is_full(queue[0]))
        ]
        if not ready:
            return None
        _, key = min(ready, key=lambda each: each[0])
        batch = self._queues[key].popleft()
        if not self._queues[key]:
            del self._queues[key]
        return batch

    def _seconds_to_wait(self) -> float | None:
        dues = [queue[0].due for queue in self._queues.values() if queue]
        return max(0.0, min(dues) - time.monotonic()) if dues else None

    def _is_full(self, batch: _Batch) -> bool:
        return batch.rows >= self._configuration.max_batch_size

    def _run(self, batch: _Batch) -> None:
        try:
            outputs = batch.servable.run(batch.signature, self._inputs(batch), batch.outputs)
            _require_rows(outputs, self._padded(batch.rows))
            first = 0
            for task in batch.tasks:
                task.answer.set_result({name: array[first : first + task.rows] for name, array in outputs.items()})
                first += task.rows
        except Exception as error:  # noqa: BLE001 - every caller that waits is told
            for task in batch.tasks:
                if not task.answer.done():
                    task.answer.set_exception(error)

    def _inputs(self, batch: _Batch) -> Arrays:
        missing = self._padded(batch.rows) - batch.rows
        first = batch.tasks[0].inputs
        return {
            name: np.concatenate([*(task.inputs[name] for task in batch.tasks), *[first[name][:1]] * missing])
            for name in first
        }

    def _padded(self, rows: int) -> int:
        return next((size for size in self._configuration.allowed_batch_sizes if size >= rows), rows)


def _shapes(inputs: Arrays) -> Hashable:
    return tuple(sorted((name, array.dtype.str, array.shape[1:]) for name, array in inputs.items()))


def _require_rows(outputs: Arrays, rows: int) -> None:
    if any(array.ndim == 0 or len(array) != rows for array in outputs.values()):
        raise ServingError(
            grpc.StatusCode.FAILED_PRECONDITION,
            "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input "
            "tensors",
        )
