"""Builds the wheel: the checkout's rooms as one package, whose name collides with no module of a foreign program.

In the checkout, modules are imported as ``components`` and ``settings``. In a shared environment these names belong to
the programs that run there, so the wheel has the same files below ``inference_platform``, with their imports adjusted.
The build works on a copy, as PEP 517 front ends expect of a source tree that they may not write to.
"""

import ast
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setuptools import build_meta

PACKAGE = "inference_platform"
ROOMS = ("components", "settings", "privacy/masking")
MODULES = ("versions.py", "images.lock", "privacy/__init__.py")
_MOVED = {*(each.partition("/")[0] for each in ROOMS), "versions"}
_HERE = Path(__file__).resolve().parent

get_requires_for_build_wheel = build_meta.get_requires_for_build_wheel


def build_wheel(
    wheel_directory: str, config_settings: Mapping[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    """Build the wheel into ``wheel_directory`` and return its file name (PEP 517)."""
    target = str(Path(wheel_directory).resolve())
    with tempfile.TemporaryDirectory() as directory, _working_directory(_staged(Path(directory))):
        return build_meta.build_wheel(target, dict(config_settings or {}), metadata_directory)


def _staged(tree: Path) -> Path:
    """Lay the package out below ``tree`` as setuptools expects it."""
    checkout = _HERE.parent
    shutil.copy(_HERE / "pyproject.toml", tree)
    shutil.copy(checkout / "LICENSE", tree)
    package = shutil.copytree(_HERE / PACKAGE, tree / PACKAGE)
    for room in ROOMS:
        shutil.copytree(checkout / room, package / room, ignore=shutil.ignore_patterns("__pycache__"))
    for module in MODULES:
        shutil.copy(checkout / module, package / module)
    for source in package.rglob("*.py"):
        source.write_text(with_moved_imports(source.read_text(encoding="utf-8")), encoding="utf-8")
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (tree / "VERSION").write_text(project["version"], encoding="utf-8")
    return tree


def with_moved_imports(source: str) -> str:
    """A module's source with ``from components import ...`` as ``from inference_platform.components import ...``.

    Raises:
        ValueError: the module says ``import components``, which would need a change wherever the name is used.
    """
    lines = source.split("\n")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(alias.name.partition(".")[0] in _MOVED for alias in node.names):
            raise ValueError(f"line {node.lineno}: {ast.unparse(node)}; write it as from ... import ...")
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").partition(".")[0] in _MOVED:
            line = lines[node.lineno - 1]
            lines[node.lineno - 1] = line.replace(f"from {node.module}", f"from {PACKAGE}.{node.module}", 1)
    return "\n".join(lines)


@contextmanager
def _working_directory(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)
