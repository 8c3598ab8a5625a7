"""One lock file: the lists that others install from are exports of it, and environments get what it pins."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.environments import directory, exported

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS: Mapping[str, list[str | Mapping[str, str]]] = PROJECT["dependency-groups"]
IMAGE_LISTS = sorted((ROOT / "model_images").glob("*/requirements.txt"))
LISTS = {
    ROOT / "requirements.txt": (),
    ROOT / "scripts" / "uv.txt": ("--only-group", "uv"),
    **{file: ("--only-group", file.parent.name) for file in IMAGE_LISTS},
}
ENVIRONMENTS = {"registry": ".venv/ready-registry", "dev": ".venv/ready-dev"}
ENVIRONMENTS |= {"scan": ".venv-scan/ready", "training": ".venv-training/ready"}


@pytest.mark.parametrize("file", LISTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_list_is_what_the_lock_file_exports(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == exported(*LISTS[file]), "run make lock"


def test_there_are_no_other_lists_at_the_top() -> None:
    assert [file.name for file in ROOT.glob("*requirements*")] == ["requirements.txt"]


def test_an_image_that_installs_packages_has_a_list_beside_it() -> None:
    installing = {file for file in (ROOT / "model_images").glob("*/Dockerfile") if "pip install" in file.read_text()}
    assert {file.parent for file in installing} == {file.parent for file in IMAGE_LISTS}
    for file in installing:
        assert f"COPY model_images/{file.parent.name}/requirements.txt " in file.read_text(encoding="utf-8")


def test_the_lock_file_is_up_to_date() -> None:
    check = [sys.executable, "-m", "uv", "lock", "--check", "--offline"]
    result = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"run make lock: {result.stderr}"


def test_every_dependency_is_pinned() -> None:
    named = [each for group in [PROJECT["project"]["dependencies"], *GROUPS.values()] for each in group]
    loose = [each for each in named if isinstance(each, str) and not re.fullmatch(r"[\w-]+(\[[\w,]+\])?==[\w.]+", each)]
    assert loose == []


def test_the_lock_file_names_no_index_but_the_public_one() -> None:
    hosts = re.findall(r"\w+://([^/\"]+)", (ROOT / "uv.lock").read_text(encoding="utf-8"))
    assert set(hosts) == {"pypi.org", "files.pythonhosted.org"}


def test_a_path_or_a_url_without_a_hash_is_not_locked() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    packages = [package for package in lock["package"] if package["source"] != {"virtual": "."}]
    assert {tuple(package["source"]) for package in packages} == {("registry",)}
    files = [file for package in packages for file in [*package.get("wheels", ()), package.get("sdist")] if file]
    assert all(file["hash"].startswith("sha256:") for file in files)


def test_nothing_is_installed_without_its_hash() -> None:
    files = [ROOT / "Makefile", ROOT / "tests" / "environments.py", *(ROOT / "model_images").glob("*/Dockerfile")]
    text = "\n".join(file.read_text(encoding="utf-8").replace("\\\n", "") for file in files)
    installs = re.findall(r".*pip\b.*\binstall\b.*", text)
    assert len(installs) >= 6
    assert [line for line in installs if "--require-hashes" not in line] == []


@pytest.mark.parametrize("group", ENVIRONMENTS)
def test_a_changed_lock_file_is_installed_at_the_next_command(group: str) -> None:
    dry_run = ["make", "--dry-run", "--what-if=uv.lock", ENVIRONMENTS[group]]
    planned = subprocess.run(dry_run, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert f"--only-group {group} " in planned
    assert re.search(rf"pip install .*--require-hashes .*/{group}\.txt", planned)


def test_an_environment_is_remade_only_when_its_own_packages_change(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "uv.lock").write_text(_with_another_checkov((ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert {group for group in GROUPS if directory(group, tmp_path) != directory(group)} == {"scan"}


def _with_another_checkov(lock: str) -> str:
    before, found, after = lock.partition('name = "checkov"\nversion = ')
    assert found
    return before + found + re.sub(r"sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", after, count=1)
