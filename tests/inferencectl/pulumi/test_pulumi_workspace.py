"""The sandbox's Pulumi project, which is separate from the checkout and from the user's Pulumi."""

import os
import stat
import sys
from pathlib import Path

import pytest
import yaml

from inferencectl.pulumi.workspace import PulumiWorkspace
from inferencectl.workspace.project import Project
from tests.inferencectl.pulumi.stand_in import small_checkout


@pytest.fixture
def workspace(small_project: Project) -> PulumiWorkspace:
    return PulumiWorkspace(project=small_project, stack="dev")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home directory, with none of Pulumi's variables set."""
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    return tmp_path / "user"


def test_is_below_the_directory_of_the_stack(workspace: PulumiWorkspace, small_project: Project) -> None:
    assert workspace.directory == small_project.sandbox_directory("dev") / "pulumi"


def test_runs_the_program_of_the_checkout_with_this_interpreter(
    workspace: PulumiWorkspace, small_project: Project
) -> None:
    workspace.write()
    content = yaml.safe_load((workspace.directory / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert content["name"] == small_project.name
    assert content["main"] == str(small_project.root)
    assert content["runtime"]["options"]["virtualenv"] == sys.prefix


def test_keeps_its_salt_and_takes_on_every_change_of_the_stack_file(
    workspace: PulumiWorkspace, small_project: Project
) -> None:
    committed, own = small_project.stack_file("dev"), workspace.directory / "Pulumi.dev.yaml"
    workspace.write()
    with own.open("a", encoding="utf-8") as file:
        file.write("encryptionsalt: v1:sandbox\n")
    committed.write_text(committed.read_text(encoding="utf-8").replace("replicas: 2", "replicas: 3"), encoding="utf-8")
    workspace.write()
    workspace.write()
    assert own.read_text(encoding="utf-8") == f"{committed.read_text(encoding='utf-8')}encryptionsalt: v1:sandbox\n"


def test_leaves_out_what_belongs_to_the_secrets_of_another_backend(
    workspace: PulumiWorkspace, small_project: Project
) -> None:
    committed = small_project.stack_file("dev").read_text(encoding="utf-8")
    theirs = "secretsprovider: passphrase\nencryptionsalt: v1:user\nencryptedkey: AQIC\n"
    small_project.stack_file("dev").write_text(f"{theirs}{committed}", encoding="utf-8")
    workspace.write()
    assert (workspace.directory / "Pulumi.dev.yaml").read_text(encoding="utf-8") == committed


def test_the_passphrase_is_random_private_and_kept(workspace: PulumiWorkspace, tmp_path: Path) -> None:
    workspace.write()
    passphrase = workspace.environment(tmp_path)["PULUMI_CONFIG_PASSPHRASE"]
    workspace.write()
    assert workspace.environment(tmp_path)["PULUMI_CONFIG_PASSPHRASE"] == passphrase
    assert len(passphrase) >= 40
    file = next(path for path in workspace.directory.iterdir() if path.is_file() and passphrase in path.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = PulumiWorkspace(project=small_checkout(tmp_path / "other"), stack="dev")
    other.write()
    assert other.environment(tmp_path)["PULUMI_CONFIG_PASSPHRASE"] != passphrase


def test_only_its_owner_can_read_the_state(workspace: PulumiWorkspace) -> None:
    workspace.write()
    assert stat.S_IMODE(workspace.directory.stat().st_mode) == 0o700


def test_uses_the_plugins_that_the_user_has_installed(
    workspace: PulumiWorkspace, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace.write()
    assert (workspace.home / "plugins").readlink() == home / ".pulumi" / "plugins"
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "elsewhere"))
    workspace.write()
    workspace.write()
    assert (workspace.home / "plugins").readlink() == tmp_path / "elsewhere" / "plugins"


def test_the_policy_pack_gets_the_packages_of_this_interpreter(workspace: PulumiWorkspace, tmp_path: Path) -> None:
    workspace.write()
    assert workspace.environment(tmp_path)["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"pid": "none"}'])
def test_a_lock_without_a_process_id_has_no_running_owner(
    workspace: PulumiWorkspace, small_project: Project, content: str
) -> None:
    folder = workspace.directory / "state" / ".pulumi" / "locks" / "organization" / small_project.name / "dev"
    folder.mkdir(parents=True)
    (folder / "6f1c.json").write_text(content, encoding="utf-8")
    assert workspace.lock_owners() == (0,)
