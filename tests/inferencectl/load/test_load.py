"""k6 itself against a server that fails on purpose: every request is counted, and the count is exact."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from inferencectl.load.load import Load
from inferencectl.load.local import local_load
from inferencectl.load.report import Report
from inferencectl.load.result import Protocol
from inferencectl.load.tensor import Dialect, Tensor
from inferencectl.sandbox.ports import free_ports
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.load.faulty_model import EMPTY, RESET, SILENT, UNAVAILABLE, FaultyModel
from tests.waiting import soon

REST, GRPC = Protocol.REST, Protocol.GRPC
RATE, SECONDS = 20, 2
# k6 starts a request at the very beginning and at the very end.
REQUESTS = RATE * SECONDS + 1
SCHEDULED = {REQUESTS - 1, REQUESTS, REQUESTS + 1}
"""How many requests k6 starts: it may end just before or just after the last one is due, or a period later."""
LOAD = Load(
    dialect=Dialect.OPEN_INFERENCE,
    model="adder",
    inputs=[Tensor(name="x", shape=[1, 2], values=[1.0, 2.0])],
    host="127.0.0.1",
    http_port=1,
    grpc_port=2,
    rate=RATE,
    seconds=SECONDS,
    timeout_seconds=2.0,
)


def load_on(server: FaultyModel, dialect: Dialect = Dialect.OPEN_INFERENCE) -> Load:
    http, rpc = (int(address.rpartition(":")[2]) for address in (server.rest, server.grpc))
    return replace(LOAD, http_port=http, grpc_port=rpc, dialect=dialect)


def reported(k6: Path, load: Load, directory: Path) -> Report:
    """What a load reports that ends by itself."""
    with local_load(k6, load, directory) as running:
        running.wait()
    return running.whole_report()


@pytest.mark.parametrize("dialect", Dialect)
def test_every_request_that_is_lost_is_counted_and_no_other(
    dialect: Dialect, k6: Path, server: FaultyModel, tmp_path: Path
) -> None:
    faults = {3: UNAVAILABLE, 5: RESET, 8: EMPTY, 13: SILENT}
    server.faults = {(protocol, number): fault for protocol in ("rest", "grpc") for number, fault in faults.items()}
    server.version = 3
    report = reported(k6, load_on(server, dialect), tmp_path)
    for protocol in Protocol:
        each = report.protocols[protocol]
        assert (each.failed, each.dropped, each.unreported) == (len(faults), 0, 0), protocol
        assert each.sent in SCHEDULED, protocol
        assert each.answered == server.seen[protocol] - len(faults)
    # TensorFlow Serving's answers over REST name no version.
    rest_version = "3" if dialect is Dialect.OPEN_INFERENCE else ""
    assert {protocol: set(each.versions) for protocol, each in report.protocols.items()} == {
        REST: {rest_version},
        GRPC: {"3"},
    }
    timed_out = [each for each in report.examples if each.seconds >= LOAD.timeout_seconds]
    assert {each.protocol for each in timed_out} == {REST, GRPC}


def test_a_server_that_always_answers_loses_nothing(k6: Path, server: FaultyModel, tmp_path: Path) -> None:
    report = reported(k6, replace(load_on(server), timeout_seconds=10.0), tmp_path)
    assert report.lost == 0
    assert {each.sent for each in report.protocols.values()} <= SCHEDULED
    assert report.examples == ()


def test_requests_start_on_schedule_however_slow_the_answers_are(k6: Path, server: FaultyModel, tmp_path: Path) -> None:
    server.delay_seconds = 0.3
    report = reported(k6, replace(load_on(server), timeout_seconds=10.0), tmp_path)
    assert report.lost == 0
    assert {each.sent for each in report.protocols.values()} <= SCHEDULED
    # Latencies are kept in steps of 2 %.
    assert min(each.p50 or 0 for each in report.protocols.values()) >= 0.98 * server.delay_seconds


def test_a_request_that_cannot_start_on_schedule_is_lost(k6: Path, server: FaultyModel, tmp_path: Path) -> None:
    server.delay_seconds = 0.2
    report = reported(k6, replace(load_on(server), grpc_port=None, users=1), tmp_path)
    each = report.protocols[REST]
    assert each.dropped > 0
    # The last of them may be due after the end.
    assert REQUESTS - 1 <= each.sent + each.dropped <= REQUESTS
    assert report.lost == each.dropped


def test_a_stretch_of_a_load_that_is_ended_early_is_counted_completely(
    k6: Path, server: FaultyModel, tmp_path: Path
) -> None:
    with local_load(k6, replace(load_on(server), seconds=300), tmp_path) as running:
        running.begin()
        before = running.report()
        server.version = 2
        begin = time.time()
        seen = server.seen[GRPC]
        server.faults = {("grpc", seen + number): SILENT for number in (2, 4)}
        soon(lambda: server.seen[GRPC] > seen + 4, "the silent requests are sent")
        after = running.report(begin)
        rows = running.rows()
    assert (before.lost, before.versions) == (0, {"1"})
    assert {number: each.failed for number, each in after.protocols.items()} == {REST: 0, GRPC: 2}
    assert "2" in after.versions
    assert sum(row.lost for row in rows) == 2
    whole = running.whole_report()
    # k6 drops the request that is under way when it is ended.
    assert server.seen[GRPC] - whole.protocols[GRPC].sent in {0, 1}
    assert whole.protocols[REST].unreported == 0


def test_the_longest_time_without_an_answer(k6: Path, server: FaultyModel, tmp_path: Path) -> None:
    silent = range(10, 10 + RATE)
    server.faults = {("rest", number): UNAVAILABLE for number in silent}
    report = reported(k6, load_on(server), tmp_path)
    assert report.protocols[REST].failed == RATE
    assert 1.0 <= report.protocols[REST].longest_gap == report.longest_gap < 1.5
    assert report.protocols[GRPC].longest_gap < 0.5


@pytest.mark.parametrize("connection_seconds", [None, 0.0])
def test_a_connection_over_rest_is_used_for_as_long_as_wanted(
    connection_seconds: float | None, k6: Path, server: FaultyModel, tmp_path: Path
) -> None:
    load = replace(load_on(server), connection_seconds=connection_seconds, users=1, grpc_port=None, timeout_seconds=10)
    assert reported(k6, load, tmp_path).protocols[REST].failed == 0
    assert server.seen["rest"] > 1
    assert server.seen["connection"] == (server.seen["rest"] if connection_seconds == 0.0 else 1)


def test_a_load_that_nobody_answers_is_an_error(k6: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    load = replace(LOAD, http_port=port, grpc_port=port, seconds=1)
    with local_load(k6, load, tmp_path) as running, pytest.raises(SandboxError, match="got no answer"):
        running.begin()
    report = running.whole_report()
    assert report.lost == report.sent
    assert {each.sent for each in report.protocols.values()} <= {RATE, RATE + 1}


def test_a_load_without_its_totals_is_no_report(k6: Path, tmp_path: Path) -> None:
    with local_load(k6, replace(LOAD, rate=0), tmp_path) as running:
        running.wait()
    with pytest.raises(SandboxError, match="without its totals") as refusal:
        running.whole_report()
    assert "rate" in refusal.value.remedy
