"""A checkout for the demonstration: links to the platform's parts, beside a stack, a key pair and a lock file."""

from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.live.signing_keys import SigningKeys
from inferencectl.workspace.project import Project

STACK = "dev"
"""The name of the stack, which selects the policy configuration of dev."""
_PARTS = ("__main__.py", "versions.py", "images.lock", "Pulumi.yaml")
_ROOMS = ("cluster", "components", "policies", "privacy", "registry", "inferencectl", "settings")
_STACK_FILE = Path(__file__).parent / "stack.yaml"


@dataclass(frozen=True)
class Workspace:
    """The checkout at ``root``."""

    root: Path

    @classmethod
    def made(cls, project: Project, root: Path) -> "Workspace":
        """Create the workspace in an empty directory."""
        for part in (*_PARTS, *_ROOMS):
            (root / part).symlink_to(project.root / part)
        workspace = cls(root)
        workspace.stack_file.write_bytes(_STACK_FILE.read_bytes())
        return workspace

    @property
    def stack_file(self) -> Path:
        """The stack file, which is shown to the user."""
        return Project(self.root).stack_file(STACK)

    @property
    def temporary(self) -> Path:
        """The directory for temporary files of the commands."""
        return self.root / "tmp"

    @property
    def storage(self) -> Path:
        """The directory of the store of models."""
        return self.root / ".sandbox" / "storage"

    @property
    def signing_keys(self) -> SigningKeys:
        """The key pair that signs published models and verifies signatures."""
        return SigningKeys.ensured(self.root)
