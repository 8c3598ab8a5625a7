"""The limits of the house: sizes that keep files readable, and imports that keep the rooms apart."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "__main__.py"
OWN_MODULES = {
    "benchmarks",
    "components",
    "digits_model",
    "drift_sampler",
    "graph_router",
    "inferencectl",
    "policies",
    "privacy",
    "registry",
    "scripts",
    "settings",
    "tests",
    "verification",
    "versions",
}
ROOMS = {
    "components": {"components", "privacy", "settings"},
    "settings": {"settings", "versions"},
    "policies": set[str](),
    "privacy": {"privacy"},
    "registry": {"registry"},
    "model_images": {"digits_model", "drift_sampler", "graph_router"},
    "verification": {"verification"},
    "inferencectl": {"components", "inferencectl", "privacy", "settings", "versions"},
    "library": set[str](),
    "examples": set[str](),
    "scripts": {"inferencectl", "scripts", "settings", "versions"},
    "benchmarks": {"benchmarks", "components", "inferencectl", "privacy", "settings", "versions"},
}
COMMAND_LINE = ROOT / "inferencectl"
ABOVE_THE_COMMAND_LINE = {"demos"}
"""Demonstrations run whole commands; every other package is what commands are made of."""
FILE_LINES = 250
CONSTRUCTOR_LINES = 40
PROGRAM_LINES = 80


def sources(*rooms: str) -> list[Path]:
    """The written files; code that protoc generates is as long as it makes it."""
    paths = (path for room in rooms for path in (ROOT / room).rglob("*.py"))
    return sorted(path for path in paths if not path.match("*_pb2.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere in a file, by its first name."""
    return (name.partition(".")[0] for name in imported_names(tree))


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Everything that is imported anywhere in a file, by its whole name: modules, and what is taken from them."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{name.name}" for name in names)


def parts_of_the_command_line(tree: ast.AST) -> Iterator[str]:
    """The packages and top-level modules of inferencectl that a file imports."""
    names = (name.split(".") for name in imported_names(tree))
    return (name[1] for name in names if name[0] == COMMAND_LINE.name and len(name) > 1)


def circle_in(imported: Mapping[str, Iterable[str]]) -> list[str]:
    """Packages that import each other in a circle, the first one repeated at the end; empty where there is none."""
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def lines(node: ast.stmt) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def long_constructors(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        constructors = node.body if isinstance(node, ast.ClassDef) else []
        for member in constructors:
            if isinstance(member, ast.FunctionDef) and member.name == "__init__" and lines(member) > CONSTRUCTOR_LINES:
                yield ast.unparse(member.args)


def reads_of_configuration(tree: ast.AST) -> Iterator[str]:
    """Uses of Pulumi's configuration and of the environment's variables, whichever way they are spelt."""
    forbidden = {"Config", "environ", "getenv", "get_config_env", "get_stack", "load", "load_current"}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="json")):
                continue
            case ast.Attribute(attr=name) if name in forbidden:
                yield name
            case ast.ImportFrom(names=names):
                yield from (name.name for name in names if name.name in forbidden)


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*sources(*ROOMS, "tests"), *ROOT.glob("*.py")], ids=lambda path: path.name)
def test_a_file_fits_on_a_few_screens(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


def test_the_program_reads_at_one_glance() -> None:
    assert len(PROGRAM.read_text(encoding="utf-8").splitlines()) <= PROGRAM_LINES


def test_constructors_of_components_read_like_a_table_of_contents() -> None:
    for path in sources("components"):
        assert list(long_constructors(parsed(path))) == [], path


def test_components_never_read_configuration() -> None:
    for path in sources("components"):
        # A script runs in a pod.
        assert path.parent.name == "scripts" or list(reads_of_configuration(parsed(path))) == [], path


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_below_it(room: str) -> None:
    # The policy pack runs with its own folder as working directory, where its modules have other names.
    for path in sources(room):
        assert set(imports(parsed(path))) & OWN_MODULES <= ROOMS[room], path


PACKAGES = {path.parent.name for path in COMMAND_LINE.glob("*/__init__.py")}
TOP_LEVEL_MODULES = {path.stem for path in COMMAND_LINE.glob("*.py")}


def test_the_packages_of_the_command_line_import_each_other_in_no_circle() -> None:
    imported = {
        package: {
            part
            for path in sources(f"{COMMAND_LINE.name}/{package}")
            for part in parts_of_the_command_line(parsed(path))
            if part in PACKAGES - {package}
        }
        for package in PACKAGES
    }
    assert circle_in(imported) == []


@pytest.mark.parametrize("package", sorted(PACKAGES - ABOVE_THE_COMMAND_LINE))
def test_a_package_of_the_command_line_imports_no_top_level_module(package: str) -> None:
    for path in sources(f"{COMMAND_LINE.name}/{package}"):
        assert set(parts_of_the_command_line(parsed(path))) & TOP_LEVEL_MODULES == set(), path


@pytest.mark.parametrize("name", ["__main__.py", "versions.py"])
def test_nothing_of_the_program_imports_the_command_line(name: str) -> None:
    assert not set(imports(parsed(ROOT / name))) & {"inferencectl", "policies", "tests", "benchmarks"}


def test_the_checks_find_what_they_look_for() -> None:
    """Each of the functions above, on a file that breaks its rule."""
    body = "\n".join(f"        step_{number}()" for number in range(CONSTRUCTOR_LINES))
    assert list(long_constructors(ast.parse(f"class Long:\n    def __init__(self, size):\n{body}\n"))) == ["self, size"]
    inside = "def late():\n    import inferencectl.stack_commands\n    from settings.model.model import Model\n"
    assert list(imports(ast.parse(inside))) == ["inferencectl", "settings"]
    upward = "from inferencectl import table\nfrom inferencectl.traffic import app\nimport inferencectl.demos.model\n"
    assert list(parts_of_the_command_line(ast.parse(upward))) == ["table", "traffic", "demos"]
    assert circle_in({"program": ["workspace"], "workspace": []}) == []
    assert circle_in({"program": ["workspace"], "workspace": ["program"]})
    assert {"policy_check", "workspace"} < PACKAGES
    assert {"session", "stack_commands"} < TOP_LEVEL_MODULES
    for text in ("import pulumi\npulumi.Config()", "from pulumi import Config", "import os\nos.environ['A']"):
        assert list(reads_of_configuration(ast.parse(text))), text
    assert sources("components")
