"""The paths of the parts of a checkout."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from inferencectl.workspace.errors import BAD_INPUT, SandboxError


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
        """The version of the policy pack, which its process does not report."""
        return yaml.safe_load((self.policy_pack / "PulumiPolicy.yaml").read_text(encoding="utf-8"))["version"]

    @property
    def revision(self) -> str:
        """The commit that is checked out, and whether there are local changes; `unknown` outside of git."""
        try:
            command = ["git", "-C", str(self.root), "describe", "--always", "--abbrev=40", "--dirty=, with changes"]
            asked = subprocess.run([*command, "--exclude=*"], capture_output=True, text=True, check=False)
        except OSError:
            return "unknown"
        return asked.stdout.strip() or "unknown"

    @property
    def models_lock(self) -> Path:
        """The lock file of model versions, for all stacks; it is missing if no stack refers to a version by name."""
        return self.root / "models.lock"

    def deployed_lock(self, stack: str) -> Path:
        """The copy of `models_lock` from the last deployment of `stack` to its sandbox."""
        return self.sandbox_directory(stack) / "models.lock"

    def stack_file(self, stack: str) -> Path:
        """The configuration file of `stack`."""
        return self.root / f"Pulumi.{stack}.yaml"

    def policy_configuration(self, stack: str) -> Path | None:
        """The policy pack's configuration for `stack`; None if there is none and the pack's defaults apply."""
        path = self.policy_pack / "config" / f"{stack}.json"
        return path if path.exists() else None

    def missing_policy_configuration(self, stack: str) -> str:
        """What it means that :meth:`policy_configuration` is None, and what to do about it."""
        path = (self.policy_pack / "config" / f"{stack}.json").relative_to(self.root)
        return f"{path} does not exist, so the pack's defaults, those of production, apply: copy another stack's"

    def sandbox_directory(self, stack: str) -> Path:
        """The directory for what the sandbox stores about `stack` outside its cluster."""
        return self.root / ".sandbox" / "stacks" / stack

    def random_values(self, stack: str) -> Path:
        """The file of the random values of `stack`, which stay the same from run to run."""
        return self.sandbox_directory(stack) / "random.json"

    def cluster_directory(self, stack: str) -> Path:
        """The directory of the control plane of `stack`; its lock is beside it and survives deletion."""
        return self.root / ".sandbox" / "clusters" / stack

    def deployment_lock(self, stack: str) -> Path:
        """The lock that is held while `stack` is changed."""
        return self.root / ".sandbox" / "stacks" / f".{stack}.lock"

    def require_stack(self, stack: str) -> None:
        """Reject a stack that the checkout does not have.

        Raises:
            SandboxError: with the names of the existing stacks.
        """
        if self.stack_file(stack).is_file():
            return
        files = (path.name for path in self.root.glob("Pulumi.*.yaml") if path.is_file())
        known = sorted(name.removeprefix("Pulumi.").removesuffix(".yaml") for name in files)
        raise SandboxError(
            f"Pulumi.{stack}.yaml: no such file",
            f"use one of the stacks {', '.join(known)}, or create the file",
            exit_code=BAD_INPUT,
        )
