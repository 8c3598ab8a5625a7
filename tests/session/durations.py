"""Where the time of a run went, and a watch on tests that take longer than a minute without saying why."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pytest

LIMIT_SECONDS = 60
"""The longest that a test, or what its fixtures set up, may take without the marker `slow`."""

SHOWN_TESTS = 20
SHOWN_SETUPS = 10
WORTH_SHOWING_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Phase:
    """The set-up, the call or the teardown of a test; `limit_seconds` is what it may take where it is not `slow`."""

    test: str
    when: str
    seconds: float
    is_slow: bool
    limit_seconds: float

    @property
    def room(self) -> str:
        """The folder of the test below `tests`, at most two levels deep."""
        folders = PurePosixPath(self.test.partition("::")[0]).parts[1:-1]
        return "/".join(folders[:2]) or "."

    @property
    def is_too_long(self) -> bool:
        """Whether it took longer than it may without giving a reason."""
        return self.seconds > self.limit_seconds and not self.is_slow

    def __str__(self) -> str:
        return f"{self.seconds:8.1f} s  {self.test}"


@dataclass(eq=False)  # pluggy keeps plugins in sets, so they are compared by identity
class Durations:
    """Every phase of every test of the run, whichever process it ran in."""

    phases: list[Phase] = field(default_factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.phases.append(
            Phase(
                test=report.nodeid,
                when=report.when,
                seconds=report.duration,
                is_slow="slow" in report.keywords,
                limit_seconds=LIMIT_SECONDS * _stretch(),
            )
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == pytest.ExitCode.OK and any(phase.is_too_long for phase in self.phases):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if sum(phase.seconds for phase in self.phases) > WORTH_SHOWING_SECONDS:
            terminalreporter.section("where the time went")
            for line in summary(self.phases):
                terminalreporter.write_line(line)
        too_long = [phase for phase in self.phases if phase.is_too_long]
        if too_long:
            terminalreporter.section("longer than a minute without a reason", red=True)
            for phase in too_long:
                terminalreporter.write_line(f"{phase} ({phase.when})")
            terminalreporter.write_line("Make it shorter, or mark it with pytest.mark.slow and the reason.")


def pytest_configure(config: pytest.Config) -> None:
    # A worker's reports reach the process that has started it.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Durations())


def summary(phases: Iterable[Phase]) -> Iterable[str]:
    """The seconds of every room, and the slowest tests and set-ups, as lines of text."""
    phases = list(phases)
    seconds, tests = defaultdict[str, Counter[str]](Counter), Counter[str]()
    for phase in phases:
        seconds[phase.room][phase.when] += phase.seconds  # pyright: ignore[reportArgumentType]
        tests[phase.room] += phase.when == "call"
    yield f"{'tests':>7} {'set-up':>9} {'call':>9} {'teardown':>9}"
    for room in sorted(seconds, key=lambda room: -sum(seconds[room].values())):
        spent = seconds[room]
        yield f"{tests[room]:>7} {spent['setup']:>7.1f} s {spent['call']:>7.1f} s {spent['teardown']:>7.1f} s  {room}"
    yield f"slowest {SHOWN_TESTS} tests"
    yield from map(str, _slowest(phases, "call", SHOWN_TESTS))
    yield f"slowest {SHOWN_SETUPS} set-ups"
    yield from map(str, _slowest(phases, "setup", SHOWN_SETUPS))


def _slowest(phases: Iterable[Phase], when: str, count: int) -> list[Phase]:
    return sorted((phase for phase in phases if phase.when == when), key=lambda phase: -phase.seconds)[:count]


def _stretch() -> float:
    """How much longer everything takes because more processes want to run than there are processors."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
