"""Limits, retries and time-outs of the settings, by requests through a caller's proxy: the real istiod and Envoy."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.components.service_mesh import calling_proxy
from tests.components.service_mesh.calling_proxy import EJECTION_SECONDS, Calling
from tests.components.service_mesh.running_mesh import Eventually, Ground

PROTOCOLS = pytest.mark.parametrize("protocol", ["http", "grpc"])
GOOD: Mapping[str, int | str] = {"http": 200, "grpc": "OK"}
FAILED: Mapping[str, int | str] = {"http": 503, "grpc": "UNAVAILABLE"}

# The proxy passes the time-out on to a gRPC server, and whichever of the two gives up first answers.
TOO_LATE: Mapping[str, Sequence[int | str]] = {"http": (504,), "grpc": ("DEADLINE_EXCEEDED", "UNAVAILABLE")}


@pytest.fixture(scope="module")
def calling(ground: Ground) -> Iterator[Calling]:
    with calling_proxy.calling(ground) as ready:
        yield ready


@pytest.mark.parametrize("address", ["slow", "slow-v1"])
@PROTOCOLS
def test_an_answer_that_takes_too_long_is_given_up(calling: Calling, protocol: str, address: str) -> None:
    before = calling.counted("slow", protocol)
    with calling.held("slow"):
        began = time.monotonic()
        status, _ = calling.send("slow", protocol, to=address)
        took = time.monotonic() - began
    assert status in TOO_LATE[protocol]
    assert 0.9 < took < 5
    assert calling.counted("slow", protocol) == before + 1


@PROTOCOLS
def test_a_pod_that_takes_no_connection_costs_no_request(calling: Calling, protocol: str) -> None:
    assert set(calling.statuses("safe", protocol, 30)) == {GOOD[protocol]}
    # Without retries some are lost, so that it is these which saved the others.
    assert set(calling.statuses("once", protocol, 30)) == {GOOD[protocol], FAILED[protocol]}


@pytest.mark.parametrize(("name", "times"), [("safe", 1), ("again", 3)])
@PROTOCOLS
def test_what_a_server_has_computed_is_sent_again_only_by_permission(
    calling: Calling, name: str, protocol: str, times: int
) -> None:
    before = calling.counted(name, protocol)
    with calling.failing(*calling.pods[name]):
        assert set(calling.statuses(name, protocol, 10)) == {FAILED[protocol]}
    assert calling.counted(name, protocol) - before == 10 * times


@pytest.mark.parametrize(
    ("name", "protocol", "outcome"),
    [
        ("busy", "http", (1, 3)),
        ("busy", "grpc", (1, 3)),
        # One request has the connection, one waits for it.
        ("waiting", "http", (1, 2)),
        # Requests share a connection.
        ("waiting", "grpc", (4, 0)),
    ],
)
def test_what_exceeds_the_limits_is_refused_at_once(
    calling: Calling, eventually: Eventually, name: str, protocol: str, outcome: tuple[int, int]
) -> None:
    before, sent = calling.counted(name, protocol), 4
    computed, refused = outcome
    with ThreadPoolExecutor(sent) as threads:
        with calling.held(name):
            answers = [threads.submit(calling.send, name, protocol) for _ in range(sent)]
            eventually(lambda: sum(each.done() for each in answers) == refused)
            eventually(lambda: calling.counted(name, protocol) == before + computed)
            done = [each.result() for each in answers if each.done()]
        statuses = [each.result()[0] for each in answers]
    assert [status for status, _ in done] == [FAILED[protocol]] * refused
    assert all(said.endswith("reset reason: overflow") for _, said in done)
    assert statuses.count(GOOD[protocol]) == sent - refused


@PROTOCOLS
def test_a_pod_that_fails_is_left_out_for_a_while(calling: Calling, eventually: Eventually, protocol: str) -> None:
    bad, _ = calling.pods["failing"]
    before = bad.requests.count(protocol)
    began = time.monotonic()
    with calling.failing(bad):
        statuses = calling.statuses("failing", protocol, 60)
        assert time.monotonic() - began < EJECTION_SECONDS
    assert statuses.count(FAILED[protocol]) == bad.requests.count(protocol) - before == 3
    assert statuses.count(GOOD[protocol]) == 57

    before = bad.requests.count(protocol)
    eventually(lambda: calling.send("failing", protocol) and bad.requests.count(protocol) > before)
    assert EJECTION_SECONDS <= time.monotonic() - began < 3 * EJECTION_SECONDS
