"""The client: what it retries, how long it waits, and what it refuses to send."""

import threading
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inferencectl.sandbox.ports import free_ports
from tests.verification.conftest import QUICK
from tests.verification.fake_server import MODEL, FakeServer
from tests.waiting import soon
from verification import (
    BadInputError,
    Client,
    DeadlineExceededError,
    RefusedError,
    Retry,
    ServingError,
    UnavailableError,
)

ROW = {"terms": [[1.0, 2.0]]}


def test_a_prediction(client: Client, fake: FakeServer) -> None:
    assert client.predict(ROW) == {"sum": [[3.0]]}
    assert client.predict({"terms": [[1.0, 2.0], [3.0, 4.0]]}) == {"sum": [[3.0], [7.0]]}
    assert fake.batches == [1, 2]


def test_the_signature_is_asked_for_once(client: Client, fake: FakeServer) -> None:
    for _ in range(3):
        client.predict(ROW)
    assert fake.seen == {"other": 1, "predict": 3}


def test_an_overloaded_server_is_asked_again(client: Client, fake: FakeServer) -> None:
    fake.faults = [503, 503]
    assert client.predict(ROW) == {"sum": [[3.0]]}
    assert fake.seen["predict"] == 3


def test_after_the_last_attempt_its_error_is_raised(client: Client, fake: FakeServer) -> None:
    fake.faults = [503] * 9
    with pytest.raises(UnavailableError, match="scripted"):
        client.predict(ROW)
    assert fake.seen["predict"] == QUICK.attempts


def test_a_refused_request_is_not_retried(client: Client, fake: FakeServer) -> None:
    fake.faults = [400]
    with pytest.raises(RefusedError, match="scripted"):
        client.predict(ROW)
    assert fake.seen["predict"] == 1


def test_a_broken_connection_is_replaced(fake: FakeServer) -> None:
    fake.faults = ["reset", "reset"]
    with Client(fake.rest, MODEL, retry=QUICK) as client:
        assert client.predict(ROW) == {"sum": [[3.0]]}
    assert fake.seen["predict"] == 3


def test_no_server_is_unavailable() -> None:
    rest, grpc = free_ports(2)
    for address in (f"http://127.0.0.1:{rest}", f"grpc://127.0.0.1:{grpc}"):
        with Client(address, MODEL, retry=QUICK) as client, pytest.raises(UnavailableError):
            client.statuses()


def test_the_deadline_ends_a_call_without_a_response(client: Client, fake: FakeServer) -> None:
    client.signatures()
    fake.gate.clear()
    with pytest.raises(DeadlineExceededError):
        client.predict(ROW, timeout_seconds=0.05)
    assert fake.seen["predict"] == 1


def test_the_deadline_ends_an_endless_response(fake: FakeServer) -> None:
    fake.faults = ["drip"]
    with Client(fake.rest, MODEL) as client:
        client.signatures()
        with pytest.raises(DeadlineExceededError):
            client.predict(ROW, timeout_seconds=0.2)
    assert fake.seen["drips"] > 1


def test_the_deadline_holds_for_all_attempts_together(fake: FakeServer) -> None:
    fake.faults = [503] * 100_000
    with Client(fake.rest, MODEL, retry=Retry(attempts=100_000, first_seconds=0.01, longest_seconds=0.01)) as patient:
        with pytest.raises(ServingError):
            patient.predict(ROW, timeout_seconds=0.2)
        assert 1 < fake.seen["predict"] < 100_000


def test_a_wait_that_outlasts_the_deadline_is_not_begun(fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verification.client.retry.random.uniform", lambda _, longest: longest)
    fake.faults = [503]
    with (
        Client(fake.rest, MODEL, retry=Retry(first_seconds=1000, longest_seconds=1000)) as client,
        pytest.raises(UnavailableError),
    ):
        client.predict(ROW, timeout_seconds=60)
    assert fake.seen["predict"] == 1


def test_a_connection_that_the_server_has_closed_is_not_used(fake: FakeServer) -> None:
    with Client(fake.rest, MODEL, retry=Retry(attempts=1)) as client:
        fake.faults = ["leave"]
        client.predict(ROW)
        soon(lambda: fake.seen["closed"], "the server has closed the connection")
        assert client.predict(ROW) == {"sum": [[3.0]]}


def test_threads_share_a_client(client: Client, fake: FakeServer) -> None:
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        answers[number] = client.predict({"terms": [[number, 1]]})

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: {"sum": [[number + 1]]} for number in range(12)}


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8501",
        "ftp://host:1",
        "grpc://host",
        "grpc://host:1/path",
        "http://",
        "http://host:port",
        "http://u@h",
    ],
)
def test_a_malformed_address_is_refused(address: str) -> None:
    with pytest.raises(BadInputError, match=r"expected http://HOST:PORT or https://HOST for REST, grpc://HOST:PORT"):
        Client(address, MODEL)


def test_rows_of_different_lengths_are_refused(client: Client, fake: FakeServer) -> None:
    with pytest.raises(BadInputError, match="rows of different shapes"):
        client.predict({"terms": [[1.0], [1.0, 2.0]]})
    assert not fake.seen["predict"]


def test_a_value_of_another_type_is_refused(fake: FakeServer) -> None:
    with Client(fake.grpc, MODEL) as client, pytest.raises(BadInputError, match="a value is not a DT_FLOAT"):
        client.predict({"terms": [["one"]]})


@given(st.integers(1, 12), st.floats(0.001, 1), st.floats(0.001, 5))
def test_waits_are_bounded_and_their_bound_doubles(attempts: int, first: float, longest: float) -> None:
    waits = list(islice(Retry(attempts=attempts, first_seconds=first, longest_seconds=longest).waits(), 20))
    assert len(waits) == attempts - 1
    for attempt, wait in enumerate(waits):
        assert 0 <= wait <= min(longest, first * 2**attempt)
