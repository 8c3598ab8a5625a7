"""The wheel of the components: what is in it, what it requires, and that it takes no name of a foreign program."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from library import build_backend
from tests.library.foreign import EXAMPLES, ROOT, installed, pip, record, wheel


def files_of_the_checkout() -> set[str]:
    rooms = [path for room in build_backend.ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    paths = [*rooms, *(ROOT / module for module in build_backend.MODULES)]
    return {str(path.relative_to(ROOT)) for path in paths if "__pycache__" not in path.parts}


def test_every_file_is_in_the_wheel_and_below_one_name() -> None:
    with zipfile.ZipFile(wheel()) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    own = {f"inference_platform/{name}" for name in ("__init__.py", "py.typed")}
    assert names == own | {f"inference_platform/{name}" for name in files_of_the_checkout()}


def test_nothing_is_built_in_the_checkout(tmp_path: Path) -> None:
    pip(["wheel", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT / "library")])
    found = {path.name for folder in (ROOT, ROOT / "library") for path in folder.iterdir()}
    assert not [name for name in found if name in ("build", "dist", "VERSION") or name.endswith(".egg-info")]


def _imported() -> set[str]:
    """The distributions that the wheel's modules import; its scripts run in pods, with what an image has."""
    distributions = metadata.packages_distributions()
    modules = set[str]()
    for path in (each for each in installed().rglob("*.py") if each.parent.name != "scripts"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    modules |= {name.name.partition(".")[0] for name in names}
                case ast.ImportFrom(module=str(module), level=0):
                    modules.add(module.partition(".")[0])
    foreign = modules - sys.stdlib_module_names - {build_backend.PACKAGE}
    return {_normalized(distributions[module][0]) for module in foreign}


def _normalized(distribution: str) -> str:
    return distribution.lower().replace("_", "-")


def _name_and_lower_bound(requirement: str) -> tuple[str, str]:
    """Of ``pulumi<4,>=3.272.0``."""
    (parts,) = re.findall(r"^([\w-]+)\S*>=([\d.]+)", requirement)
    name, lower = parts
    return _normalized(name), lower


def test_it_requires_what_it_imports_from_the_version_that_is_tested() -> None:
    (found,) = metadata.distributions(path=[str(installed())])
    required = dict(map(_name_and_lower_bound, found.requires or ()))
    # Pydantic's core comes with pydantic, in the one version that fits; tzdata is data that Python's zoneinfo finds.
    assert required.keys() - {"tzdata"} == _imported() - {"pydantic-core"}
    # Grafana's SDK writes its version with a letter before it.
    assert required == {name: metadata.version(name).removeprefix("v") for name in required}


def test_it_is_built_by_the_setuptools_that_is_locked() -> None:
    project = tomllib.loads((ROOT / "library" / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["build-system"]["requires"] == [f"setuptools=={metadata.version('setuptools')}"]


def test_an_import_that_cannot_be_moved_is_refused() -> None:
    moved = build_backend.with_moved_imports(
        "def late():\n    from settings.model.model import (\n        Model,\n    )\n"
    )
    assert moved.splitlines()[1] == "    from inference_platform.settings.model.model import ("
    unchanged = "from settings_of_others import a\nfrom . import settings\nimport json\n"
    assert build_backend.with_moved_imports(unchanged) == unchanged
    with pytest.raises(ValueError, match="line 1: import settings; write it as from"):
        build_backend.with_moved_imports("import settings")


def test_a_programs_own_modules_of_these_names_are_left_alone(tmp_path: Path) -> None:
    """`settings` is what many a program calls a module of its own."""
    main = tmp_path / "__main__.py"
    (tmp_path / "settings.py").write_text("REPLICAS = 3\n", encoding="utf-8")
    main.write_text(
        "import pulumi, settings\n"
        "from inference_platform.settings import ResourceClass\n"
        "pulumi.export('replicas', settings.REPLICAS)\n"
        "pulumi.export('cpu', ResourceClass(cpu='1', memory='2Gi').cpu)\n",
        encoding="utf-8",
    )
    assert record(main, "shop", "dev").outputs == {"replicas": 3, "cpu": "1"}


def test_a_wrong_argument_is_named_with_what_to_give_instead(tmp_path: Path) -> None:
    main = tmp_path / "__main__.py"
    main.write_text(
        "from inference_platform.settings import ResourceClass\nResourceClass(cpu='two', memory='2Gi')\n",
        encoding="utf-8",
    )
    with pytest.raises(subprocess.CalledProcessError) as failure:
        record(main, "shop", "dev")
    argument, problem = failure.value.stderr.strip().splitlines()[-2:]
    assert argument == "cpu"
    assert problem.startswith("  expected a Kubernetes quantity such as 2, 500m, 24Mi or 1.5Gi [")


def test_the_examples_pass_a_type_check_against_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"include": ["{EXAMPLES}"], "extraPaths": ["{installed()}"], "typeCheckingMode": "standard",'
        f' "pythonVersion": "3.11", "useLibraryCodeForTypes": false}}',
        encoding="utf-8",
    )
    checker = Path(sys.executable).with_name("basedpyright")
    command = [str(checker), "--project", str(tmp_path), "--pythonpath", sys.executable]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
