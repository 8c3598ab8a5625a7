"""What is made of recorded results: counts, gaps, quantiles, a line for each second, and sentences."""

import json
import random
from collections.abc import Iterable

import pytest

from inferencectl.load.latencies import Latencies
from inferencectl.load.report import Report, report_of
from inferencectl.load.result import Protocol, Result, Total, parse
from inferencectl.load.row import line, rows_of
from inferencectl.load.sentences import as_data, sentences
from inferencectl.load.timeline import Timeline

REST, GRPC = Protocol.REST, Protocol.GRPC
BEGIN = 1_700_000_000.0
# Recorded from k6, in the order in which it printed them.
RECORDED = """\
{"p":"rest","i":0,"t":1700000000000,"d":3.07,"s":200,"v":"1"}
{"p":"grpc","i":0,"t":1700000000001,"d":8.627,"s":0,"v":"1"}
{"p":"rest","i":1,"t":1700000000500,"d":1.666,"s":503,"e":"{\\"error\\": \\"told to fail\\"}"}
Request Failed
{"p":"rest","i":2,"t":1700000001000,"d":2.942,"s":-1,"e":"EOF"}
{"p":"grpc","i":1,"t":1700000000501,"d":1002.937,"s":4,"e":"context deadline exceeded"}
{"p":"grpc","i":2,"t":1700000001001,"d":2.163,"s":0,"v":""}
{"p":"rest","i":3,"t":1700000001500,"d":3.435,"s":200,"v":"1","e":"the answer has no prediction"}
{"p":"rest","i":4,"t":1700000002000,"d":3.081,"s":200,"v":"2"}
{"end":{"rest":{"ended":5,"dropped":1},"grpc":{"ended":3,"dropped":0}}}
"""


def result(number: int, at: float, protocol: Protocol = GRPC, seconds: float = 0.0, **fields: object) -> Result:
    values = {"status": 0 if protocol is GRPC else 200, "version": "1", **fields}
    return Result(protocol=protocol, number=number, started=BEGIN + at, seconds=seconds, **values)  # type: ignore[arg-type]


def timeline_of(results: Iterable[Result]) -> Timeline:
    timeline = Timeline()
    for each in results:
        timeline.add(each)
    return timeline


@pytest.fixture
def recorded() -> Timeline:
    timeline = Timeline()
    for text in RECORDED.splitlines():
        match parse(text):
            case Result() as found:
                timeline.add(found)
            case None:
                assert text == "Request Failed"
            case totals:
                timeline.end(totals)
    return timeline


def test_the_counts_of_recorded_results(recorded: Timeline) -> None:
    report = report_of(recorded)
    rest, rpc = report.protocols[REST], report.protocols[GRPC]
    assert (rest.sent, rest.failed, rest.dropped, rest.unreported, rest.lost, rest.answered) == (5, 3, 1, 0, 4, 2)
    assert (rpc.sent, rpc.failed, rpc.dropped, rpc.unreported, rpc.lost, rpc.answered) == (3, 1, 0, 0, 1, 2)
    assert (report.lost, report.sent) == (5, 8)
    assert (rest.versions, rpc.versions) == ({"1": 1, "2": 1}, {"": 1, "1": 1})
    assert report.versions == {"1", "2"}
    assert [each.error for each in report.examples][1:3] == ["EOF", "context deadline exceeded"]
    assert rest.longest_gap == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "Request Failed", '{"p":"smtp","i":0,"t":1,"d":1,"s":1}', '{"p":"rest"}', '{"end":[]}']
)
def test_a_line_that_is_none_of_ours(text: str) -> None:
    assert parse(text) is None


def test_the_line_with_the_totals() -> None:
    assert parse('{"end":{"grpc":{"ended":3,"dropped":2}}}') == {GRPC: Total(ended=3, dropped=2)}


@pytest.mark.parametrize(
    ("protocol", "status", "error", "is_answered"),
    [
        *((REST, 200, "", True), (REST, 204, "", True), (REST, 302, "", False), (REST, 404, "", False)),
        *((REST, 0, "", False), (REST, -1, "EOF", False), (REST, 200, "the answer has no prediction", False)),
        *((GRPC, 0, "", True), (GRPC, 14, "", False), (GRPC, 200, "", False), (GRPC, 0, "no prediction", False)),
    ],
)
def test_what_counts_as_an_answer(protocol: Protocol, status: int, error: str, is_answered: bool) -> None:
    assert result(0, 0.0, protocol, status=status, error=error).is_answered is is_answered


def test_a_request_without_a_result_is_lost() -> None:
    timeline = timeline_of(result(number, number / 10) for number in (0, 1, 3, 4, 7, 6))
    assert report_of(timeline).protocols[GRPC].unreported == 2
    assert report_of(timeline).protocols[GRPC].sent == 8
    # Results of requests that started earlier are no longer missing when they come.
    timeline.add(result(2, 0.2))
    timeline.add(result(5, 0.5))
    assert report_of(timeline).lost == 0


def test_results_that_k6_counted_and_nobody_read_are_lost() -> None:
    timeline = timeline_of(result(number, number / 10) for number in range(10))
    timeline.end({GRPC: Total(ended=12, dropped=0)})
    assert report_of(timeline).protocols[GRPC].unreported == 2
    # A request that is under way when k6 is stopped has a result and is not counted by k6.
    timeline.end({GRPC: Total(ended=9, dropped=0)})
    assert report_of(timeline).lost == 0


def test_a_stretch_is_counted_by_the_start_of_its_requests() -> None:
    late = result(1, 1.2, seconds=5.0, status=4, error="deadline")
    timeline = timeline_of([result(0, 0.5), result(2, 2.5), result(3, 3.5), late])
    assert [report_of(timeline, BEGIN + at, BEGIN + at).lost for at in range(4)] == [0, 1, 0, 0]
    assert [report_of(timeline, BEGIN + at, BEGIN + at).sent for at in range(4)] == [1, 1, 1, 1]
    assert report_of(timeline, BEGIN + 1, BEGIN + 1).examples == (late,)


@pytest.mark.parametrize(
    ("answers", "begin", "end", "gap"),
    [
        ([0.0, 1.0, 5.5, 6.0], 0.0, 6.0, 4.5),
        ([0.1, 0.2, 0.9], 0.1, 0.9, 0.7),
        ([3.0, 3.1, 4.0], 1.0, 4.0, 2.0),
        ([1.0, 2.0], 1.0, 9.0, 7.0),
        ([0.0, 8.0, 9.0], 3.0, 9.0, 5.0),
    ],
)
def test_the_longest_time_without_an_answer(answers: list[float], begin: float, end: float, gap: float) -> None:
    timeline = timeline_of([result(0, 0.0, status=14), *(result(i, at) for i, at in enumerate(answers, 1))])
    assert report_of(timeline, BEGIN + begin, BEGIN + end).longest_gap == pytest.approx(gap, abs=1e-6)


def test_a_gap_ends_when_an_answer_comes_not_when_its_request_started() -> None:
    timeline = timeline_of([result(0, 0.0), result(2, 3.0), result(1, 0.5, seconds=3.0)])
    assert report_of(timeline).longest_gap == pytest.approx(3.0)


def test_quantiles_are_close_to_those_of_all_latencies() -> None:
    seed = random.Random(1)  # noqa: S311 - a distribution, not a secret
    values = sorted(seed.lognormvariate(-5, 1) for _ in range(10_000))
    latencies = Latencies(values)
    for share in (0.5, 0.99, 1.0):
        assert latencies.quantile(share) == pytest.approx(values[round(share * len(values)) - 1], rel=0.011)
    assert Latencies().quantile(0.5) is None
    assert Latencies([0.0]).quantile(0.5) is not None


def test_memory_does_not_grow_with_the_number_of_requests() -> None:
    """A second of a hundred thousand requests takes as much as its latencies differ."""
    timeline = timeline_of(result(number, 0.5, seconds=0.001 + number % 50 / 1e4) for number in range(100_000))
    ((_, second),) = timeline.between(GRPC, BEGIN, BEGIN)
    assert second.sent == 100_000
    assert len(second.latencies._counts) <= 50
    assert len(timeline.examples) == 0
    assert not timeline._missing[GRPC]


def test_a_line_shows_which_versions_answered_and_what_was_lost(recorded: Timeline) -> None:
    first, second, third = rows_of(recorded, BEGIN, BEGIN + 10)
    assert (first.sent, first.lost, first.versions) == (4, 2, {"1": 2})
    assert line(first, BEGIN).replace("[green]", "").startswith("  0:00  ")
    assert "11111" in line(first, BEGIN)
    assert "✗✗✗✗✗" in line(first, BEGIN)
    assert "2 lost" in line(first, BEGIN)
    assert "·" in line(second, BEGIN)
    assert "22222" in line(third, BEGIN)
    assert "✗" not in line(third, BEGIN)


def test_a_single_lost_request_is_seen_among_many() -> None:
    timeline = timeline_of(result(number, 0.5, version=str(number % 2)) for number in range(500))
    timeline.add(result(500, 0.6, status=14, error="gone"))
    (row,) = rows_of(timeline, BEGIN, BEGIN)
    text = line(row, BEGIN - 75)
    assert text.startswith("  1:15")
    assert text.count("✗") == 1


def _written(report: Report) -> str:
    return "\n".join(sentences(report))


def test_the_sentences_and_the_data(recorded: Timeline) -> None:
    report = report_of(recorded)
    text = _written(report)
    assert "REST: 5 requests, 4 lost, at most 2.0 s without an answer; answered by version 1 1 times" in text
    assert "gRPC: 3 requests, 1 lost" in text
    assert "gRPC request 1 after 1.00 s, status 4: context deadline exceeded" in text
    data = json.loads(json.dumps(as_data(report)))
    assert (data["schema"], data["lost"]) == (1, 5)
    assert data["protocols"]["rest"]["lost"] == 4
    assert data["protocols"]["grpc"]["versions"] == {"": 1, "1": 1}
    assert len(data["examples"]) == 4
