"""What latency does the platform add to a model, at the median and at the 99th percentile?

Both are Triton with the digits model, in one container image and under one CPU limit: the pod of the live stack, asked
by the name of its Service, with network policies and probes; and the same server alone (`benchmarks/bare_server.py`),
asked at its address. Two k6 in pods ask them at the same time over REST and gRPC, on schedule and with the same
connections: what else the machine does meanwhile hits both. A ratio is formed in each round, and the median of the
rounds is taken. A round starts k6 anew, so that which of the two asks a little earlier is left to chance.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from benchmarks.bare_server import ADDRESS, bare_server
from benchmarks.figure import Figure
from benchmarks.live_server import LiveServer, live_server, log_of
from inferencectl.load.report import ProtocolReport, Report
from inferencectl.load.result import Protocol

ROUNDS = 7
SECONDS = 30
RATE = 20
LIMIT = 1.10
PLATFORM, ALONE = "platform", "alone"
Rounds = Sequence[Mapping[str, Report]]


@dataclass(frozen=True)
class _Quantile:
    """A quantile of a report's latencies, in seconds."""

    name: str
    of: Callable[[ProtocolReport], float | None]


_QUANTILES = (_Quantile("p50", lambda report: report.p50), _Quantile("p99", lambda report: report.p99))


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Ask the pod and the server alone at the same time."""
    with (
        live_server(progress) as live,
        bare_server(live.server(), live.first_process, log_of(live.checkout, ALONE)),
    ):
        rounds = [_round(live, number, progress) for number in range(ROUNDS)]
    yield from compared(rounds)


def _round(live: LiveServer, number: int, progress: Callable[[str], None]) -> Mapping[str, Report]:
    progress(f"{RATE} requests a second, server and protocol for {SECONDS} s, round {number + 1} of {ROUNDS}")
    hosts = {PLATFORM: live.load.host, ALONE: ADDRESS}
    # Who is started first alternates.
    names = sorted(hosts, reverse=number % 2 == 0)
    return live.measured({name: replace(live.load, host=hosts[name], rate=RATE) for name in names}, SECONDS)


def compared(rounds: Rounds) -> Iterator[Figure]:
    """The medians over the rounds of the platform's latency in relation to that of the server alone."""
    for protocol in Protocol:
        reports = [{name: report.protocols[protocol] for name, report in each.items()} for each in rounds]
        requests = sum(report.sent for each in reports for report in each.values())
        lost = sum(report.lost for each in reports for report in each.values())
        for quantile in _QUANTILES:
            seconds = [{name: _known(quantile, report) for name, report in each.items()} for each in reports]
            platform, alone = (median(each[name] for each in seconds) * 1000 for name in (PLATFORM, ALONE))
            yield Figure(
                name=f"latency of the digits model over {protocol}, {quantile.name}, compared to Triton alone",
                value=median(each[PLATFORM] / each[ALONE] for each in seconds),
                bound=LIMIT,
                unit="x",
                detail=f"{platform:.2f} and {alone:.2f} ms; {requests:,} requests, {len(reports)} rounds, {lost} lost",
            )


def _known(quantile: _Quantile, report: ProtocolReport) -> float:
    seconds = quantile.of(report)
    if seconds is None:
        raise ValueError("no request was answered in a round")
    return seconds
