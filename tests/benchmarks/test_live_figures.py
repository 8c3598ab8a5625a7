"""The arithmetic of the live stack's figures: what is compared with what, and that one bad round decides nothing."""

import pytest

from benchmarks import live_cold_start, live_latency, live_throughput, pull_verify
from inferencectl.load.report import ProtocolReport, Report
from inferencectl.load.result import Protocol
from tests.model_pod import FETCH_SCRIPT


def report(p50: float | None, p99: float | None, lost: int = 0) -> Report:
    """A stretch of 11 whole seconds with 110 answers over each protocol; the quantiles in seconds."""
    one = ProtocolReport(
        begin=100.5,
        end=110.5,
        sent=110 + lost,
        failed=lost,
        dropped=0,
        unreported=0,
        longest_gap=0.1,
        p50=p50,
        p99=p99,
        versions={"1": 110},
    )
    return Report(protocols=dict.fromkeys(Protocol, one))


ROUNDS = [
    {"platform": report(0.0105, 0.020), "alone": report(0.010, 0.010)},
    # Slow for both: the ratio is what counts.
    {"platform": report(0.105, 0.108, lost=2), "alone": report(0.100, 0.100)},
    {"platform": report(0.030, 0.0108), "alone": report(0.010, 0.010)},
]


def test_latency_is_the_median_of_the_ratios_of_the_rounds_for_each_protocol_and_quantile() -> None:
    made = list(live_latency.compared(ROUNDS))
    assert [each.value for each in made] == pytest.approx([1.05, 1.08] * 2)
    assert {each.bound for each in made} == {1.10}
    assert [each.name.partition("over ")[2].split(",")[:2] for each in made] == [
        ["rest", " p50"],
        ["rest", " p99"],
        ["grpc", " p50"],
        ["grpc", " p99"],
    ]
    assert made[0].detail == "30.00 and 10.00 ms; 662 requests, 3 rounds, 2 lost"


def test_a_round_without_answers_is_no_figure() -> None:
    with pytest.raises(ValueError, match="no request was answered"):
        list(live_latency.compared([{"platform": report(None, None), "alone": report(0.1, 0.1)}]))


def test_throughput_counts_the_answers_of_both_protocols_in_whole_seconds() -> None:
    assert live_throughput.answers_per_second(report(0.1, 0.1)) == pytest.approx(20.0)


def test_throughput_is_the_median_of_the_ratios_and_has_a_least_value() -> None:
    rounds = [{"pod": 90.0, "process": 100.0}, {"pod": 10.0, "process": 100.0}, {"pod": 200.0, "process": 210.0}]
    figure = live_throughput.compared(rounds)
    assert figure.value == pytest.approx(0.9)
    assert figure.met
    assert not live_throughput.compared([{"pod": 89.0, "process": 100.0}]).met


def cold(asked: float, load: float) -> live_cold_start.ColdStart:
    return live_cold_start.ColdStart(
        asked=asked,
        scheduled=asked + 0.25,
        fetch_began=asked + 1.25,
        fetched=asked + 2.25,
        started=asked + 2.75,
        loaded=asked + 2.75 + load,
        ready=asked + 3.75 + load,
        answered=asked + 4.0 + load,
    )


def test_a_cold_start_is_told_by_parts_of_the_round_with_the_median_sum() -> None:
    starts = [cold(1000, 4.0), cold(2000, 9.0), cold(3000, 5.0)]
    made = list(live_cold_start.stated(starts, [2.0, 3.0, 9.0]))
    *parts, total, ratio = [each.value for each in made]
    assert parts == pytest.approx([0.25, 1.0, 1.0, 0.5, 5.0, 1.0, 0.25])
    assert total == pytest.approx(sum(parts)) == pytest.approx(9.0)
    assert ratio == pytest.approx(3.0)
    assert all(each.met for each in made)


def test_the_lines_of_a_log_have_their_times() -> None:
    log = "1970-01-01T00:00:01.500000000Z copying s3://models\n1970-01-01T00:00:02.25Z \n"
    assert live_cold_start.lines_of(log) == [(1.5, "copying s3://models"), (2.25, "")]


def test_a_fetch_is_compared_with_the_best_copy() -> None:
    rounds = [{"fetch and verify": 6.0, "plain copy": 5.0}, {"fetch and verify": 5.2, "plain copy": 4.0}]
    figure = pull_verify.compared(rounds)
    assert figure.value == pytest.approx(1.3)
    assert figure.met


def test_the_copy_checks_nothing() -> None:
    assert pull_verify.SCRIPTS[pull_verify.FETCH] == FETCH_SCRIPT
    copy = pull_verify.SCRIPTS[pull_verify.COPY]
    assert 'rclone copy "$MODEL_REMOTE" "$MODEL_DIRECTORY"' in copy
    assert "sha256" not in copy
    assert "hasher" not in copy
