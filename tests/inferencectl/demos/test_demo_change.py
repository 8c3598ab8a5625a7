"""What the demonstration of a change does to a stack file, and how its timeline reads; tests/live/ runs all of it."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from inferencectl.demos.change.act import acts
from inferencectl.demos.change.command import _last_word, show_change
from inferencectl.demos.change.screen import Screen
from inferencectl.demos.change.stack_change import changed_stack
from inferencectl.live_stack import LiveStack
from inferencectl.load.row import Row
from inferencectl.stack_sandbox import StackSandbox
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project

STACK = """\
# A remark that stays.
config:
  inference:platform:
    models:
      - {name: iris, versions: [{version: 1}]}
      - {name: digits, drainSeconds: 10, versions: [{version: 1}, {version: 2}]}
"""
GOOD = {"version": 7, "storage": "s3://models/digits/7", "sha256": "ab" * 32}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.live.yaml"
    path.write_text(STACK, encoding="utf-8")
    return path


def test_a_version_takes_the_place_of_all_and_the_file_is_put_back(file: Path) -> None:
    with suppress(ZeroDivisionError), changed_stack(file) as change:
        change.serve("digits", **GOOD)
        iris, digits = yaml.safe_load(file.read_text(encoding="utf-8"))["config"]["inference:platform"]["models"]
        assert digits == {"name": "digits", "drainSeconds": 10, "versions": [GOOD]}
        assert iris["versions"] == [{"version": 1}]
        change.serve("digits", version=8)
        raise ZeroDivisionError
    assert file.read_text(encoding="utf-8") == STACK


def test_a_cluster_that_was_there_is_refused(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.cluster_directory("live").mkdir(parents=True)
    (project.cluster_directory("live") / "context").write_text("kind-a", encoding="utf-8")
    stack = LiveStack(sandbox=StackSandbox(project=project, stack="live"), training_python=tmp_path)
    with pytest.raises(SandboxError, match="the live stack is on the cluster of kind-a") as refusal:
        show_change(stack, tmp_path / "demo", Console())
    assert refusal.value.exit_code == BAD_INPUT


@pytest.mark.parametrize("text", ["config: {}", STACK.replace("digits", "letters")])
def test_a_stack_without_the_model_is_refused_and_left(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    with changed_stack(file) as change, pytest.raises(SandboxError, match="has no model digits") as refusal:
        change.serve("digits", version=8)
    assert refusal.value.exit_code == BAD_INPUT
    assert str(file) in refusal.value.message
    assert file.read_text(encoding="utf-8") == text


def test_the_bad_version_is_the_good_one_with_another_digest() -> None:
    good, bad, back = acts(GOOD)
    assert (good.version, good.is_refused, back.version, back.is_refused) == (GOOD, False, None, False)
    assert bad.is_refused
    assert bad.version == {**GOOD, "version": 8, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("· creating\nupdated 1, deleted 3 in 25 s\nworkload ready\ncurl http\n", "updated 1, deleted 3 in 25 s"),
        ("· creating\nerror: it is not ready\nlook at it\n", "error: it is not ready"),
        ("Traceback\nValueError: 7\n", "ValueError: 7"),
        ("", "no output"),
    ],
)
def test_the_last_word_of_up(output: str, word: str) -> None:
    assert _last_word(output) == word


def row(at: int, version: str, lost: int = 0) -> Row:
    return Row(at=at, sent=40, lost=lost, p50=0.002, p99=0.01, versions={version: 40 - lost})


def test_the_timeline_shows_changes_losses_and_events_in_their_order() -> None:
    console = Console(file=io.StringIO(), width=200)
    screen = Screen(console, beginning=100.0)
    screen.event(103.5, "up [begins]")
    screen.show([row(100, "1"), row(101, "1"), row(102, "1"), row(103, "1")])
    screen.show([row(103, "1"), row(104, "1"), row(105, "2"), row(106, "2", lost=1), row(107, "2")])
    screen.event(200.0, "up ends")
    screen.show([row(number, "2") for number in range(108, 114)])
    screen.finish()
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line.split()[0] for line in lines] == ["0:00", "up", "0:04", "0:05", "0:06", "0:11", "up"]
    assert lines[1] == "up [begins]"
    assert "✗" in lines[4]
    assert "1 lost" in lines[4]
    assert "\x1b" not in console.file.getvalue()  # type: ignore[attr-defined]
