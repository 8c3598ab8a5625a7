"""How tests are spread over workers."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.session import scheduling
from tests.session.scheduling import unit_of

ROOT = Path(__file__).parents[2]
RECORD = """
import json, os, pathlib, time
import pytest

{decorator}
@pytest.mark.parametrize("number", range(4))
def test_it(number, worker_id):
    with pathlib.Path({log!r}).open("a") as log:
        log.write(json.dumps([__name__, worker_id]) + "\\n")
    time.sleep(0.02)
"""
INI = "[pytest]\nmarkers =\n  slow(reason): x\n  early: x\n  real_node: x\n"


@pytest.mark.parametrize(
    ("scope", "unit"),
    [
        ("tests/policies/test_rules.py::test_x[a::b]", "tests/policies/test_rules.py"),
        ("tests/policies/test_rules.py::TestGroup::test_x", "tests/policies/test_rules.py"),
        ("tests/training/test_versions.py::test_x", "tests/training/"),
        ("tests/live/test_live_stack.py::test_x", "real_node"),
        ("tests/inferencectl/sandbox/node/test_pods.py::test_x", "real_node"),
    ],
)
def test_a_file_stays_together_and_so_do_some_folders(scope: str, unit: str) -> None:
    assert unit_of(scope) == unit


def test_folders_that_stay_together_exist() -> None:
    assert all((ROOT / folder).is_dir() for folder in scheduling.UNDIVIDED_FOLDERS)


def test_every_file_runs_in_one_worker_and_long_ones_are_first(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    log = pytester.path / "log"
    pytester.makeini(INI)
    decorators = {f"test_{name}": "" for name in "abcd"} | {
        "test_y": "@pytest.mark.early",
        "test_z": "@pytest.mark.slow('x')",
    }
    pytester.makepyfile(**{name: RECORD.format(decorator=text, log=str(log)) for name, text in decorators.items()})
    result = pytester.runpytest_subprocess("-p", "tests.session.scheduling", "-n", "2")
    result.assert_outcomes(passed=24)
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert {worker for _, worker in records} == {"gw0", "gw1"}
    for file in decorators:
        assert len({worker for name, worker in records if name == file}) == 1
    assert {name for name, _ in records[:2]} == {"test_y", "test_z"}


def test_tests_of_the_real_node_share_one_worker_whatever_file_they_are_in(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    log = pytester.path / "log"
    pytester.makeini(INI)
    for name in (
        "tests/live/test_a",
        "tests/inferencectl/sandbox/node/test_b",
        "tests/live/test_c",
        "test_d",
        "test_e",
    ):
        file = pytester.path / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(RECORD.format(decorator="@pytest.mark.real_node" if "/" in name else "", log=str(log)))
    result = pytester.runpytest_subprocess("-p", "tests.session.scheduling", "-n", "2")
    result.assert_outcomes(passed=20)
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert len({worker for name, worker in records if name in {"test_a", "test_b", "test_c"}}) == 1
    assert {worker for _, worker in records} == {"gw0", "gw1"}


def test_a_test_of_the_real_node_in_another_folder_is_refused(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    pytester.makeini(INI)
    pytester.makepyfile("import pytest\n@pytest.mark.real_node\ndef test_it(): pass\n")
    result = pytester.runpytest_subprocess("-p", "tests.session.scheduling")
    result.stderr.fnmatch_lines(["*needs the real node: put it into a folder*"])


@pytest.mark.parametrize(("processors", "gibibytes", "workers"), [(2, 24, 4), (16, 9, 4), (2, 1, 1)])
def test_the_number_of_workers_fits_processors_and_memory(
    monkeypatch: pytest.MonkeyPatch, processors: int, gibibytes: int, workers: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    memory = SimpleNamespace(available=gibibytes * 1024**3)
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    assert scheduling.pytest_xdist_auto_num_workers() == workers


@pytest.mark.usefixtures("tools")
def test_a_test_is_marked_by_what_its_fixtures_need(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("control_plane")


def test_a_test_that_needs_nothing_has_no_such_mark(request: pytest.FixtureRequest) -> None:
    for marker in ("control_plane", "controllers", "environment", "images", "real_node"):
        assert not request.node.get_closest_marker(marker)
