"""The parts of the mutation score: which faults are made, which tests are asked, and that a fault is really there."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.mutation.coverage_map import CoverageMap
from benchmarks.mutation.fork import CRASHED, in_a_fork
from benchmarks.mutation.live_code import RunAtImportError, change_functions
from benchmarks.mutation.mutants import sample

SOURCE = '''"""Docstring."""

LIMIT = 3


def within(value: int, text: str = "x") -> bool:
    """Docstring."""
    if value > 99:
        raise ValueError("wording")
    return value < LIMIT
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "limits.py"
    written.write_text(SOURCE, "utf-8")
    return written


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("limits", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def changes(path: Path, source: str) -> set[str]:
    path.write_text(source, "utf-8")
    return {mutant.change for mutant in sample(path.parent, [Path(path.name)], 1000, 1)}


def test_every_decision_is_changed_and_no_docstring_and_no_wording(path: Path) -> None:
    assert changes(path, SOURCE) == {
        "LIMIT = 3 → LIMIT = None",
        "3 → 4",
        '"x" → "XXxXX"',
        '"x" → "X"',
        "> 99 → >= 99",
        "99 → 100",
        "< LIMIT → <= LIMIT",
    }


def test_the_limits_of_an_annotation_are_changed_and_its_types_are_not(path: Path) -> None:
    assert changes(path, "size: Annotated[int | None, Field(ge=1)]\n") == {
        "1 → 2",
        "Field(ge=1) → Field(ge=None)",
    }


def test_the_wording_of_a_finding_stays_and_its_path_is_changed(path: Path) -> None:
    assert changes(path, 'refuse("a", "b")\nFinding(path=("key",), expected="c")\n') == {
        '"key" → "XXkeyXX"',
        '"key" → "KEY"',
    }


def test_a_sample_is_drawn_the_same_again_and_from_every_file(path: Path) -> None:
    other = path.with_name("other.py")
    other.write_text(SOURCE, "utf-8")
    names = [Path(path.name), Path(other.name)]
    first, second = (sample(path.parent, names, 4, 11) for _ in range(2))
    assert first == second
    assert [mutant.path for mutant in first] == [names[0]] * 2 + [names[1]] * 2
    assert all(mutant.source != SOURCE for mutant in first)


def test_a_loaded_function_is_changed_where_it_is(path: Path) -> None:
    module = loaded(path)
    within = module.within
    assert not within(3)
    change_functions(path, SOURCE.replace("value < LIMIT", "value <= LIMIT"))
    assert within(3)


@pytest.mark.parametrize(("before", "after"), [("LIMIT = 3", "LIMIT = 4"), ('"x"', '"y"')])
def test_what_runs_at_import_cannot_be_changed_later(path: Path, before: str, after: str) -> None:
    module = loaded(path)
    with pytest.raises(RunAtImportError):
        change_functions(path, SOURCE.replace(before, after))
    assert module.LIMIT == 3


def test_tests_of_the_line_are_asked_and_for_a_constant_all_of_the_folder_and_its_package() -> None:
    golden, own, slow = "tests/components/test_golden.py::a", "tests/components/gpu/test_a.py::b", "tests/other.py::c"
    seconds = {slow: 0.1, own: 0.2, golden: 0.3, "tests/components/gpu/test_a.py::d": 0.4}
    of = CoverageMap(
        tests={"components/gpu/a.py": {5: [slow, golden]}, "components/gpu/b.py": {7: [own]}},
        seconds=seconds,
        libraries=[],
    )
    path = Path("components/gpu/a.py")
    assert of.covering(path, range(5, 6)) == [golden, slow]
    assert of.covering(path, range(1, 2)) == [golden, own, "tests/components/gpu/test_a.py::d", slow]


def test_a_fork_says_how_it_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert in_a_fork(lambda: os.write(1, b"done"), log, 30) == 4
    assert log.read_text("utf-8") == "done"


def test_a_fork_that_does_not_end_is_ended(tmp_path: Path) -> None:
    def forever() -> int:
        while True:
            pass

    assert in_a_fork(forever, tmp_path / "log", 0.2) is None


def test_a_fork_that_fails_does_not_return_here_and_says_why(tmp_path: Path) -> None:
    def failing() -> int:
        raise RuntimeError("why")

    assert in_a_fork(failing, tmp_path / "log", 30) == CRASHED
    assert "RuntimeError: why" in (tmp_path / "log").read_text("utf-8")
