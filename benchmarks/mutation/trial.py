"""One mutant put to its tests."""

import contextlib
import importlib
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import pytest

from benchmarks.mutation.fork import CRASHED, in_a_fork
from benchmarks.mutation.mutants import Mutant
from benchmarks.mutation.warm_runner import WarmRunner

LIMIT_SECONDS = 180.0
_NOT_IMPORTED = 100


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    STILLBORN = "did not import"
    """Python itself refuses the file, so it says nothing about the tests."""


def put_to_tests(mutant: Mutant, runner: WarmRunner, checkout: Path, number: int) -> Outcome:
    """Run the mutant's tests until one fails, first in what is loaded and then, if none did, with the file imported.

    ``number`` tells the mutants of a run apart.
    """
    tests = runner.map.covering(mutant.path, mutant.lines)
    if not tests:
        return Outcome.SURVIVED
    return Outcome.KILLED if runner.kills(mutant, tests) else _imported(mutant, tests, checkout, number)


def load_libraries(names: Sequence[str]) -> None:
    """Import what every trial would import again: the libraries, never code of the checkout."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _imported(mutant: Mutant, tests: Sequence[str], checkout: Path, number: int) -> Outcome:
    """Write the mutant into the checkout, import it there in a fork of this process, and restore the file."""
    path, log = checkout / mutant.path, checkout.parent / "trial.log"
    source, made = path.read_bytes(), path.stat().st_mtime
    path.write_text(mutant.source, "utf-8")
    # Compiled files are found by the time of their source, in whole seconds: no two mutants may have the same.
    os.utime(path, (made + number, made + number))
    try:
        code = in_a_fork(lambda: _tested(mutant, tests), log, LIMIT_SECONDS)
    finally:
        path.write_bytes(source)
        os.utime(path, (made, made))
    if code in (CRASHED, pytest.ExitCode.INTERNAL_ERROR):
        raise RuntimeError(f"{mutant}: the trial crashed:\n{log.read_text('utf-8')}")
    if code == _NOT_IMPORTED:
        return Outcome.STILLBORN
    return Outcome.SURVIVED if code == 0 else Outcome.KILLED


def _tested(mutant: Mutant, tests: Sequence[str]) -> int:
    module = ".".join(mutant.path.with_suffix("").parts).removesuffix(".__init__")
    try:
        importlib.import_module(module)
    except Exception:  # noqa: BLE001 - whatever a changed module raises
        return _NOT_IMPORTED
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    return int(pytest.main(["-q", "-x", "--no-header", "-p", "no:cacheprovider", *files], plugins=[_Only(tests)]))


class _Only:
    """A plugin of pytest that runs the given tests, in their order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {test: index for index, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(chosen, key=lambda item: self._order[item.nodeid])
