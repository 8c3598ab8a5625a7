"""Pulumi's commands on the user's own backend and cluster, with what they print passed on."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from inferencectl.pulumi.executable import find_pulumi, path_for_policy_packs, pulumi_command
from inferencectl.pulumi.stack_commands import StackCommands, StackState
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project


@dataclass(frozen=True, kw_only=True)
class UserCommands:
    """`pulumi` for one stack of a checkout, on the backend of `pulumi login`."""

    project: Project
    stack: str

    @classmethod
    def of(cls, project: Project, stack: str) -> "UserCommands":
        """The commands of a stack that exists.

        Raises:
            SandboxError: there is no such stack, or no Pulumi.
        """
        project.require_stack(stack)
        if not find_pulumi():
            raise SandboxError("pulumi is not on the PATH", "install Pulumi", exit_code=BAD_INPUT)
        return cls(project=project, stack=stack)

    @property
    def quiet(self) -> StackCommands:
        """The commands whose output nobody reads."""
        home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
        return StackCommands(command=pulumi_command(home), stack=self.stack, directory=self.project.root)

    def state(self) -> StackState:
        """What Pulumi knows of the stack."""
        return self.quiet.state()

    def preview(self, plan: Path) -> None:
        """Show what would change, and save it as a plan."""
        self._run("preview", "--diff", "--save-plan", str(plan), *self._policies)

    def up(self, plan: Path) -> None:
        """Carry out a plan, and nothing that is not in it."""
        self._run("up", "--yes", "--skip-preview", "--plan", str(plan), *self._policies)

    def drift(self) -> None:
        """Fail if the cluster is not as the state says; neither of them is changed.

        `preview` never sees this: it compares the program with the state, and not with the cluster.
        """
        self._run("refresh", "--preview-only", "--expect-no-changes", "--diff")

    @property
    def _policies(self) -> list[str]:
        configuration = self.project.policy_configuration(self.stack)
        chosen = ["--policy-pack-config", str(configuration)] if configuration else []
        return ["--policy-pack", str(self.project.policy_pack), *chosen]

    def _run(self, command: str, *options: str) -> None:
        arguments = ["pulumi", command, "--non-interactive", "--color", "never", "--stack", self.stack, *options]
        environment = {**os.environ, "PATH": path_for_policy_packs()}
        done = subprocess.run(arguments, cwd=self.project.root, env=environment, check=False)
        if done.returncode:
            raise SandboxError(f"pulumi {command} failed for {self.stack}", "its own message is above")
