"""Which room may import which: docs/architecture.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("settings", "components", "policies", "registry", "sandbox", "benchmarks", "tests", "versions")
MAY_IMPORT = {
    "settings": {"settings", "versions"},
    "components": {"components", "settings"},
    "versions": set(),
    "policies": set(),
    "registry": {"registry"},
    "sandbox": {"components", "sandbox", "settings", "versions"},
    "__main__": {"components", "settings", "versions"},
}


def _files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py")) if (ROOT / room).is_dir() else [ROOT / f"{room}.py"]


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    assert _files(room)
    for file in _files(room):
        forbidden = set(_imported(file)) & set(ROOMS) - MAY_IMPORT[room]
        assert not forbidden, file.relative_to(ROOT)
