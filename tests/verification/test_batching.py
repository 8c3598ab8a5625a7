"""The batching client: it combines requests, gives each caller its own rows, and keeps errors apart."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verification.conftest import QUICK
from tests.verification.fake_server import MODEL, FakeServer
from verification import BadInputError, BatchingClient, Client, DeadlineExceededError, RefusedError, Rows
from verification.client.tensors import rows_of

LONG = 60.0


class Recorder:
    """A stand-in for a client: sums each row and records the calls."""

    def __init__(self) -> None:
        self.calls: list[Mapping[str, Rows]] = []
        self.error: Exception | None = None
        self.answer: Mapping[str, Rows] | None = None

    def predict(
        self,
        inputs: Mapping[str, Rows],
        *,
        signature: str = "",  # noqa: ARG002 - as of a client
        timeout_seconds: float | None = None,  # noqa: ARG002
    ) -> Mapping[str, Rows]:
        self.calls.append(inputs)
        if self.error:
            raise self.error
        return self.answer or {"sum": [sum(row) for row in rows_of(inputs["terms"])]}  # type: ignore[arg-type]


def rows(*values: float) -> Mapping[str, Rows]:
    return {"terms": [[value, 1.0] for value in values]}


@pytest.mark.parametrize("callers", [1, 8, 32])
def test_concurrent_callers_are_one_call_and_each_gets_its_own_rows(callers: int, fake: FakeServer) -> None:
    with (
        Client(fake.grpc, MODEL, retry=QUICK) as client,
        BatchingClient(client, max_rows=callers, max_wait_seconds=LONG) as batching,
        ThreadPoolExecutor(callers) as threads,
    ):
        answers = list(threads.map(lambda number: batching.predict(rows(number)), range(callers)))
    assert answers == [{"sum": [[number + 1.0]]} for number in range(callers)]
    assert fake.batches == [callers]


def test_a_single_request_does_not_wait_for_others(fake: FakeServer) -> None:
    with Client(fake.grpc, MODEL) as client, BatchingClient(client, max_rows=100, max_wait_seconds=0.001) as batching:
        assert batching.predict(rows(1), timeout_seconds=LONG) == {"sum": [[2.0]]}


def test_a_batch_never_exceeds_its_limit_and_no_request_is_split() -> None:
    recorder = Recorder()
    with BatchingClient(recorder, max_rows=4, max_wait_seconds=LONG, calls=1) as batching:
        futures = [batching.submit(rows(*range(size))) for size in (3, 2, 2, 9, 1)]
    assert [len(rows_of(call["terms"])) for call in recorder.calls] == [3, 4, 9, 1]
    assert [len(rows_of(future.result()["sum"])) for future in futures] == [3, 2, 2, 9, 1]


@settings(deadline=None, max_examples=50)
@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=20), most=st.integers(1, 10))
def test_every_caller_gets_its_own_rows_whatever_the_sizes(sizes: list[int], most: int) -> None:
    recorder = Recorder()
    with BatchingClient(recorder, max_rows=most, max_wait_seconds=LONG, calls=2) as batching:
        futures = [
            batching.submit(rows(*(100 * index + row for row in range(size)))) for index, size in enumerate(sizes)
        ]
    for index, (size, future) in enumerate(zip(sizes, futures, strict=True)):
        assert future.result() == {"sum": [100 * index + row + 1.0 for row in range(size)]}
    assert all(len(rows_of(call["terms"])) <= max(most, *sizes) for call in recorder.calls)
    assert sum(len(rows_of(call["terms"])) for call in recorder.calls) == sum(sizes)


def test_an_error_reaches_only_the_callers_of_its_batch(fake: FakeServer) -> None:
    fake.faults = [400]
    with (
        Client(fake.grpc, MODEL, retry=QUICK) as client,
        BatchingClient(client, max_rows=2, max_wait_seconds=LONG, calls=1) as batching,
    ):
        client.signatures()
        first = [batching.submit(rows(1)), batching.submit(rows(2))]
        second = [batching.submit(rows(3)), batching.submit(rows(4))]
        for future in first:
            with pytest.raises(RefusedError, match="scripted"):
                future.result(LONG)
        assert [future.result(LONG) for future in second] == [{"sum": [[4.0]]}, {"sum": [[5.0]]}]


def test_requests_of_different_forms_are_not_combined() -> None:
    recorder = Recorder()
    with BatchingClient(recorder, max_rows=2, max_wait_seconds=LONG, calls=1) as batching:
        wide = batching.submit({"terms": [[1.0, 2.0, 3.0]]})
        named = batching.submit(rows(1), signature="other")
        usual = [batching.submit(rows(1)), batching.submit(rows(2))]
        assert [future.result(LONG) for future in usual] == [{"sum": [2.0]}, {"sum": [3.0]}]
        assert not wide.done()
        assert not named.done()
    assert wide.result() == {"sum": [6.0]}
    assert named.result() == {"sum": [2.0]}


def test_a_caller_waits_no_longer_than_its_own_deadline(fake: FakeServer) -> None:
    fake.gate.clear()
    with Client(fake.grpc, MODEL) as client, BatchingClient(client, max_rows=2, max_wait_seconds=LONG) as batching:
        patient = batching.submit(rows(1), timeout_seconds=LONG)
        with pytest.raises(DeadlineExceededError):
            batching.predict(rows(2), timeout_seconds=0.1)
        fake.awaits(1)
        fake.gate.set()
        assert patient.result(LONG) == {"sum": [[2.0]]}


def test_batches_run_concurrently(fake: FakeServer) -> None:
    fake.gate.clear()
    with Client(fake.grpc, MODEL) as client, BatchingClient(client, max_rows=1, calls=2) as batching:
        futures = [batching.submit(rows(1)), batching.submit(rows(2))]
        fake.awaits(2)
        assert not any(future.done() for future in futures)
        fake.gate.set()
        assert [future.result(LONG) for future in futures] == [{"sum": [[2.0]]}, {"sum": [[3.0]]}]


def test_a_cancelled_request_is_not_sent() -> None:
    recorder = Recorder()
    with BatchingClient(recorder, max_rows=9, max_wait_seconds=LONG) as batching:
        assert batching.submit(rows(1)).cancel()
        kept = batching.submit(rows(2))
    assert kept.result() == {"sum": [3.0]}
    assert [len(rows_of(call["terms"])) for call in recorder.calls] == [1]


@pytest.mark.parametrize("answer", [{"sum": 3.0}, {"sum": [3.0]}, {"sum": "text"}])
def test_an_output_without_a_row_for_each_is_refused(answer: Mapping[str, Rows]) -> None:
    recorder = Recorder()
    recorder.answer = answer
    with BatchingClient(recorder, max_rows=2, max_wait_seconds=LONG) as batching:
        futures = [batching.submit(rows(1)), batching.submit(rows(2))]
        for future in futures:
            with pytest.raises(RefusedError, match=r"output 'sum' has \d rows for 2 rows of input"):
                future.result(LONG)


@pytest.mark.parametrize("inputs", [{}, {"terms": []}, {"terms": 1.0}, {"terms": [[1.0]], "more": [[1.0], [2.0]]}])
def test_inputs_that_are_not_a_batch_are_refused_at_once(inputs: Mapping[str, Rows]) -> None:
    recorder = Recorder()
    with (
        BatchingClient(recorder, max_wait_seconds=LONG) as batching,
        pytest.raises(BadInputError, match="the same number of rows, at least one"),
    ):
        batching.predict(inputs)
    assert not recorder.calls


def test_an_error_of_another_kind_reaches_the_callers_too() -> None:
    recorder = Recorder()
    recorder.error = RuntimeError("of the client itself")
    with BatchingClient(recorder, max_rows=1) as batching, pytest.raises(RuntimeError, match="of the client itself"):
        batching.predict(rows(1))


def test_nothing_is_left_running() -> None:
    with BatchingClient(Recorder(), max_rows=1) as batching:
        batching.predict(rows(1))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batching-client")]
