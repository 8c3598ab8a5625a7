"""What the tests of the real Pulumi need, where it is installed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from inferencectl.changes import Outcome
from inferencectl.deployer import plain_objects
from inferencectl.program.run import run_program
from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.pulumi.executable import find_pulumi
from inferencectl.workspace.project import Project
from tests.inferencectl.pulumi.stand_in import CHECKOUT

STACK = "dev"
_PROVIDER = "pulumi-resource-kubernetes"
_PARTS = (
    "__main__.py",
    "versions.py",
    "images.lock",
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "components",
    "policies",
    "settings",
)


def _is_installed() -> bool:
    installed = Path.home().glob(".pulumi/plugins/resource-kubernetes-v*")
    return find_pulumi() is not None and (any(installed) or shutil.which(_PROVIDER) is not None)


NEEDS_PULUMI = [
    pytest.mark.needs("the Pulumi CLI and its Kubernetes provider"),
    pytest.mark.skipif(not _is_installed(), reason="needs the Pulumi CLI and its Kubernetes provider"),
    pytest.mark.slow("the provider waits for what it deploys, and every operation starts half a dozen processes"),
    pytest.mark.timeout(900),
]


def copied_program(root: Path) -> Project:
    """A copy of what Pulumi runs."""
    for part in _PARTS:
        copy = shutil.copytree if (CHECKOUT / part).is_dir() else shutil.copy
        copy(CHECKOUT / part, root / part)
    return Project(root)


def up(engine: PulumiEngine, project: Project, say: Callable[[str], None] = print) -> Outcome:
    """Deploy the dev stack of the checkout as the command does."""
    return engine.up(say, plain_objects(run_program(project, STACK).recording))
