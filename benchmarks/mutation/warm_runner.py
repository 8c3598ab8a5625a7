"""A process that has collected the fast tests and runs a selection of them on demand, each time in a fork."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import coverage
import pytest

from benchmarks.mutation.coverage_map import CoverageMap
from benchmarks.mutation.fork import CRASHED, in_a_fork, write_to
from benchmarks.mutation.live_code import RunAtImportError, change_functions
from benchmarks.mutation.mutants import Mutant

# The quick tests: what needs a cluster says what it does with the manifests, and fuzzing takes half a minute each time.
TESTS = ("tests/components", "tests/settings", "--ignore=tests/settings/test_settings_fuzz.py")
QUICK = "not control_plane and not controllers and not environment and not images and not real_node"
LIMIT_SECONDS = 180.0
MEASURING_SECONDS = 1200.0
SLOWEST_SECONDS = 10.0

_NOT_IN_A_FUNCTION = 100


class WarmRunner:
    """The client of the process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.map: CoverageMap = connection.recv()

    def kills(self, mutant: Mutant, tests: Sequence[str]) -> bool | None:
        """Whether one of ``tests`` fails with the mutant; None if the mutant needs a new import."""
        self._connection.send((mutant, tests))
        return self._connection.recv()


@contextmanager
def warm_runner(checkout: Path, packages: Sequence[str]) -> Iterator[WarmRunner]:
    """A runner for the tests in ``checkout``, which must be the working directory."""
    ours, theirs = get_context("fork").Pipe()
    process = get_context("fork").Process(target=_run, args=(ours, theirs, checkout, packages), daemon=True)
    process.start()
    theirs.close()
    try:
        yield WarmRunner(cast("Connection", ours))
    except EOFError as error:
        raise SystemExit((checkout.parent / "runner.log").read_text("utf-8")) from error
    finally:
        process.terminate()
        process.join()


def _run(ours: Connection, connection: Connection, checkout: Path, packages: Sequence[str]) -> None:
    ours.close()  # so that this process notices when the other one ends
    write_to(checkout.parent / "runner.log")
    options = ["-q", "-s", "-p", "no:cacheprovider", "-m", QUICK, f"--basetemp={checkout.parent / 'temporary'}"]
    pytest.main([*options, *TESTS], plugins=[_Plugin(connection, checkout, packages)])


class _Plugin:
    """A pytest plugin that runs tests on demand instead of all of them once."""

    def __init__(self, connection: Connection, checkout: Path, packages: Sequence[str]) -> None:
        self._connection = connection
        self._checkout = checkout
        self._packages = packages
        self._log = checkout.parent / "tests.log"

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._connection.send(self._measured(session))
        items = {item.nodeid: item for item in session.items}
        while True:
            try:
                mutant, tests = self._connection.recv()
            except EOFError:
                return True
            self._connection.send(self._killed(session, mutant, [items[test] for test in tests]))

    def _killed(self, session: pytest.Session, mutant: Mutant, items: Sequence[pytest.Item]) -> bool | None:
        def tested() -> int:
            try:
                change_functions(self._checkout / mutant.path, mutant.source)
            except RunAtImportError:
                return _NOT_IN_A_FUNCTION
            return int(any(_fails(session, items)))

        code = in_a_fork(tested, self._log, LIMIT_SECONDS)
        if code == CRASHED:
            raise RuntimeError(f"{mutant}: the trial crashed:\n{self._log.read_text('utf-8')}")
        return None if code == _NOT_IN_A_FUNCTION else code != 0

    def _measured(self, session: pytest.Session) -> CoverageMap:
        output = self._checkout.parent / "coverage.json"

        def measured() -> int:
            output.write_text(json.dumps(asdict(_coverage(session, self._checkout, self._packages))), "utf-8")
            return min(1, session.testsfailed)

        if in_a_fork(measured, self._log, MEASURING_SECONDS) != 0:
            raise RuntimeError(f"the tests fail without a mutant:\n{self._log.read_text('utf-8')}")
        return CoverageMap.read(output)


def _fails(session: pytest.Session, items: Sequence[pytest.Item]) -> Iterator[bool]:
    """Run tests one by one, and yield after each whether any has failed so far."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        yield session.testsfailed > 0


def _coverage(session: pytest.Session, checkout: Path, packages: Sequence[str]) -> CoverageMap:
    """Run every test once, each in its own coverage context."""
    measured = coverage.Coverage(data_file=None, config_file=False, include=[f"{package}/*" for package in packages])
    seconds: dict[str, float] = {}
    measured.start()
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        measured.switch_context(item.nodeid)
        begin = time.monotonic()
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        seconds[item.nodeid] = time.monotonic() - begin
    measured.stop()
    data = measured.get_data()
    tests = {
        str(Path(file).relative_to(checkout)): data.contexts_by_lineno(file) for file in sorted(data.measured_files())
    }
    quick = {test: spent for test, spent in seconds.items() if spent <= SLOWEST_SECONDS}
    return CoverageMap(tests=tests, seconds=quick, libraries=_libraries(checkout))


def _libraries(checkout: Path) -> list[str]:
    """The packages of others; not their modules, which a package imports itself under the names that it gives them."""
    return [
        name
        for name, module in sys.modules.items()
        if (file := getattr(module, "__file__", None))
        and not Path(file).is_relative_to(checkout)
        and ("." not in name or hasattr(module, "__path__"))
    ]
