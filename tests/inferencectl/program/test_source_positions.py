"""Where in the program's directory the call stands that made a resource, as Pulumi's SDK sends it."""

import sys
from pathlib import Path

import pulumi_kubernetes as kubernetes
import pytest

from inferencectl.program.recording import Recording, record, record_program

ROOT = Path(__file__).parents[3]

PROGRAM = '''"""A program over two files."""
from parts import Part
import pulumi_kubernetes as kubernetes

kubernetes.core.v1.ConfigMap(
    "plain",
)
parts = [
    Part(name)
    for name in ("one", "two")
]
'''
PARTS = '''"""A component."""
import pulumi
import pulumi_kubernetes as kubernetes


class Part(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Part", name)
        kubernetes.core.v1.ConfigMap(f"{name}-map", opts=pulumi.ResourceOptions(parent=self))
'''


def positions(recording: Recording) -> dict[str, tuple[str, int] | None]:
    return {each.name: (each.source.path, each.source.line) if each.source else None for each in recording.resources}


def test_each_resource_is_at_the_line_that_calls_its_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "a program" / "__main__.py"
    program.parent.mkdir()
    program.write_text(PROGRAM, encoding="utf-8")
    (program.parent / "parts.py").write_text(PARTS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(program.parent))
    recording = record_program(program, project="inference", stack="test", config={})
    monkeypatch.delitem(sys.modules, "parts")
    assert positions(recording) == {
        "plain": ("__main__.py", 5),
        "one": ("__main__.py", 9),
        "one-map": ("parts.py", 9),
        "two": ("__main__.py", 9),
        "two-map": ("parts.py", 9),
    }


def test_what_no_file_of_the_program_makes_has_no_position(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recording = record(lambda: kubernetes.core.v1.ConfigMap("map") and None, project="inference", stack="test")
    assert positions(recording) == {"map": None}


def test_a_call_inside_an_installed_package_is_not_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    recording = record(lambda: kubernetes.Provider("cluster", context="c") and None, project="inference", stack="test")
    (source,) = positions(recording).values()
    assert source is None or not source[0].startswith(".venv")


def test_without_a_program_file_positions_are_relative_to_the_working_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)

    def program() -> None:
        kubernetes.core.v1.ConfigMap("map")

    line = program.__code__.co_firstlineno + 1
    recording = record(program, project="inference", stack="test")
    assert positions(recording) == {"map": (Path(__file__).relative_to(ROOT).as_posix(), line)}
