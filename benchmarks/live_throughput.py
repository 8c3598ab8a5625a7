"""How many requests a second does Triton answer in the live stack's pod, compared to the same server as a mere process?

The digits model, over REST and gRPC at once, under the CPU limit of the live stack. The process has the limit and the
share of the machine that the pod has (`benchmarks/bare_server.py`); the pod is asked by its Service, and network
policies and probes are there. Two k6 in pods, without a CPU limit, load both at the same time and keep so many requests
waiting that no server idles. The ratio is the median of those of the rounds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from benchmarks.bare_server import ADDRESS, bare_server
from benchmarks.figure import Figure
from benchmarks.live_server import LiveServer, live_server, log_of
from inferencectl.load.report import Report

ROUNDS = 5
SECONDS = 20
WAITING = 8
"""Requests of a protocol that wait for an answer at a time."""

ATTEMPTS = 1000
"""A second and protocol: more than can be answered. Those for which none of the waiting ones has ended are dropped."""

TIMEOUT_SECONDS = 10.0
LEAST = 0.9
POD, PROCESS = "pod", "process"


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Load the pod and the process at the same time."""
    with (
        live_server(progress) as live,
        bare_server(live.server(), live.first_process, log_of(live.checkout, PROCESS)),
    ):
        rounds = [_round(live, number, progress) for number in range(ROUNDS)]
    yield compared(rounds)


def _round(live: LiveServer, number: int, progress: Callable[[str], None]) -> Mapping[str, float]:
    """Answers a second."""
    progress(f"as many requests as are answered, for {SECONDS} s, round {number + 1} of {ROUNDS}")
    load = replace(live.load, rate=ATTEMPTS, users=WAITING, timeout_seconds=TIMEOUT_SECONDS)
    hosts = {POD: live.load.host, PROCESS: ADDRESS}
    reports = live.measured({name: replace(load, host=host) for name, host in hosts.items()}, SECONDS)
    return {name: answers_per_second(report) for name, report in reports.items()}


def answers_per_second(report: Report) -> float:
    """The answers of all protocols a second."""
    # A report has whole seconds: also that in which it ends.
    return sum(each.answered / (int(each.end) - int(each.begin) + 1) for each in report.protocols.values())


def compared(rounds: Sequence[Mapping[str, float]]) -> Figure:
    """The median over the rounds of the pod's throughput in relation to that of the process."""
    pod, process = (median(each[name] for each in rounds) for name in (POD, PROCESS))
    return Figure(
        name="throughput of the digits model in the pod, compared to Triton as a process",
        value=median(each[POD] / each[PROCESS] for each in rounds),
        least=LEAST,
        unit="x",
        detail=f"{pod:.0f} and {process:.0f} requests a second, medians of {len(rounds)} rounds of {SECONDS} s",
    )
