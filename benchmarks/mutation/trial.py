"""Runs the tests of a mutant."""

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
    """The result of a trial."""

    KILLED = "killed"
    SURVIVED = "survived"
    STILLBORN = "did not import"
    """Python cannot import the file, so the trial says nothing about the tests."""


def run_trial(mutant: Mutant, runner: WarmRunner, checkout: Path, number: int) -> Outcome:
    """Run the mutant's tests until one fails: in the loaded code and, if none fails there, in a new import.

    ``number`` must be different for each mutant of a run.
    """
    tests = runner.map.covering(mutant.path, mutant.lines)
    if not tests:
        return Outcome.SURVIVED
    return Outcome.KILLED if runner.kills(mutant, tests) else _imported(mutant, tests, checkout, number)


def load_libraries(names: Sequence[str]) -> None:
    """Import the libraries that every trial needs; never code of the checkout, which is mutated."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _imported(mutant: Mutant, tests: Sequence[str], checkout: Path, number: int) -> Outcome:
    """Write the mutant into the checkout, import it there in a fork of this process, and restore the file."""
    path, log = checkout / mutant.path, checkout.parent / "trial.log"
    source, made = path.read_bytes(), path.stat().st_mtime
    path.write_text(mutant.source, "utf-8")
    # Python finds compiled files by the source's time in whole seconds, so it must differ between mutants.
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
    except Exception:  # noqa: BLE001 - a changed module may raise anything
        return _NOT_IMPORTED
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    return int(pytest.main(["-q", "-x", "--no-header", "-p", "no:cacheprovider", *files], plugins=[_Only(tests)]))


class _Only:
    """A pytest plugin that runs only the given tests, in the given order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {test: index for index, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self._order]
        items[:] = sorted(chosen, key=lambda item: self._order[item.nodeid])
