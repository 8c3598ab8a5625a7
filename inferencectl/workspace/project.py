"""Where the parts of a checkout are."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from inferencectl.workspace.errors import SandboxError


@dataclass(frozen=True)
class Project:
    """A checkout of the platform."""

    root: Path

    @property
    def name(self) -> str:
        """The name of the Pulumi project."""
        return yaml.safe_load((self.root / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]

    @property
    def program(self) -> Path:
        """The Pulumi program."""
        return self.root / "__main__.py"

    @property
    def policy_pack(self) -> Path:
        """The folder of the policy pack."""
        return self.root / "policies"

    @property
    def policy_pack_version(self) -> str:
        """The version of the policy pack, which its process does not tell."""
        return yaml.safe_load((self.policy_pack / "PulumiPolicy.yaml").read_text(encoding="utf-8"))["version"]

    @property
    def revision(self) -> str:
        """The commit that is checked out, and whether it was changed since; ``unknown`` outside of git."""
        try:
            command = ["git", "-C", str(self.root), "describe", "--always", "--abbrev=40", "--dirty=, with changes"]
            asked = subprocess.run([*command, "--exclude=*"], capture_output=True, text=True, check=False)
        except OSError:
            return "unknown"
        return asked.stdout.strip() or "unknown"

    @property
    def models_lock(self) -> Path:
        """What the names of versions mean, in every stack; there is none where no stack names any."""
        return self.root / "models.lock"

    def deployed_lock(self, stack: str) -> Path:
        """That lock as it was when ``stack`` was deployed to its sandbox."""
        return self.sandbox_directory(stack) / "models.lock"

    def stack_file(self, stack: str) -> Path:
        """The configuration of ``stack``."""
        return self.root / f"Pulumi.{stack}.yaml"

    def policy_configuration(self, stack: str) -> Path | None:
        """How strict the policy pack is with ``stack``; None where nobody has said so and the pack's defaults hold."""
        path = self.policy_pack / "config" / f"{stack}.json"
        return path if path.exists() else None

    def sandbox_directory(self, stack: str) -> Path:
        """What the sandbox keeps for ``stack`` outside its cluster, which is another one than any other stack's."""
        return self.root / ".sandbox" / "stacks" / stack

    def cluster_directory(self, stack: str) -> Path:
        """The control plane of ``stack``; its lock is beside it, and outlives the deletion of the stack."""
        return self.root / ".sandbox" / "clusters" / stack

    def deployment_lock(self, stack: str) -> Path:
        """The lock of whoever changes ``stack``."""
        return self.root / ".sandbox" / "stacks" / f".{stack}.lock"

    def require_stack(self, stack: str) -> None:
        """Refuse a stack that the checkout does not have.

        Raises:
            SandboxError: naming the stacks that it has.
        """
        if self.stack_file(stack).is_file():
            return
        files = (path.name for path in self.root.glob("Pulumi.*.yaml") if path.is_file())
        known = sorted(name.removeprefix("Pulumi.").removesuffix(".yaml") for name in files)
        raise SandboxError(
            f"Pulumi.{stack}.yaml: there is no such file",
            f"use one of the stacks {', '.join(known)}, or create the file",
            exit_code=2,
        )
