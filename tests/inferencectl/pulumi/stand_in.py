"""A fake `pulumi` on the PATH, and a checkout for it to work on."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.project import Project

CHECKOUT = Path(__file__).parents[3]
MODEL = "urn:pulumi:dev::inference::inference:index:ModelService$kubernetes:apps/v1:Deployment::mnist-v1"
_PROGRAM = Path(__file__).parent / "stand_in_pulumi.py"


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """The stand-in executable of one test, which lies in `folder`."""

    folder: Path

    def answer(self, **answers: Mapping[str, Any]) -> None:
        """Set what it does for commands, as `stand_in_pulumi` describes it; an underscore stands for a space."""
        by_command = {command.replace("_", " "): answer for command, answer in answers.items()}
        (self.folder / "answers.json").write_text(json.dumps(by_command), encoding="utf-8")

    @property
    def was_called(self) -> bool:
        return (self.folder / "calls.jsonl").exists()

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The arguments, environment and folder of each call."""
        lines = (self.folder / "calls.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    @property
    def operations(self) -> list[str]:
        """The commands that do something to the stack's resources or its lock, in order."""
        return [call["arguments"][0] for call in self.calls if call["arguments"][0] not in {"stack", "version"}]

    @property
    def imported(self) -> dict[str, Any]:
        """The state that was given to it last."""
        return json.loads((self.folder / "imported.json").read_text(encoding="utf-8"))

    def arguments(self, command: str) -> list[str]:
        """The arguments of the first call of `command`."""
        return next(call["arguments"] for call in self.calls if call["arguments"][0] == command)


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Put a stand-in for `pulumi` and its provider into the new `folder`, and that first on the PATH."""
    folder.mkdir()
    for name in ("pulumi", "pulumi-resource-kubernetes"):
        executable = folder / name
        executable.write_text(f"#!{sys.executable}\n{_PROGRAM.read_text(encoding='utf-8')}", encoding="utf-8")
        executable.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return StandIn(folder=folder)


def small_checkout(root: Path) -> Project:
    """A checkout at the new folder `root` with only the files that Pulumi is given."""
    (root / "policies" / "config").mkdir(parents=True)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "policies/config/dev.json"):
        shutil.copy(CHECKOUT / name, root / name)
    return Project(root)


def files_of(project: Project) -> dict[str, bytes]:
    """The content of every file of the checkout, the sandbox's own left out."""
    files = (path for path in project.root.rglob("*") if path.is_file())
    names = {str(path.relative_to(project.root)): path for path in files}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith(".sandbox")}


def ignore(_line: str) -> None:
    pass


def refusal(pulumi_engine: PulumiEngine) -> SandboxError:
    with pytest.raises(SandboxError) as caught:
        pulumi_engine.up(ignore, ())
    return caught.value
