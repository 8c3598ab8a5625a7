"""A checkout of the demonstration's own: the platform's parts by links, beside a stack, a key pair and a lock."""

from dataclasses import dataclass
from pathlib import Path

from inferencectl.demos.model.signing_keys import make_signing_keys
from inferencectl.workspace.project import Project

STACK = "dev"
"""Whose strictness of the policies holds for it."""
_PARTS = ("__main__.py", "versions.py", "images.lock", "Pulumi.yaml")
_ROOMS = ("cluster", "components", "policies", "registry", "inferencectl", "settings")
_STACK_FILE = Path(__file__).parent / "stack.yaml"


@dataclass(frozen=True)
class Workspace:
    """The checkout at ``root``."""

    root: Path

    @classmethod
    def made(cls, project: Project, root: Path) -> "Workspace":
        """Fill an empty directory."""
        for part in (*_PARTS, *_ROOMS):
            (root / part).symlink_to(project.root / part)
        workspace = cls(root)
        workspace.stack_file.write_bytes(_STACK_FILE.read_bytes())
        make_signing_keys(workspace.private_key, workspace.public_key)
        return workspace

    @property
    def stack_file(self) -> Path:
        """The stack, which the user is shown."""
        return Project(self.root).stack_file(STACK)

    @property
    def temporary(self) -> Path:
        """Where the commands put their temporary files."""
        return self.root / "tmp"

    @property
    def private_key(self) -> Path:
        """Who has it may publish."""
        return self.root / "signing.pem"

    @property
    def public_key(self) -> Path:
        """What signatures are verified with."""
        return self.root / "signing.pub"
