"""The `pulumi` executable on the PATH."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pulumi.automation import InvalidVersionError, PulumiCommand

from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.variables import variable


def find_pulumi() -> Path | None:
    """The `pulumi` executable on the PATH, or None."""
    found = shutil.which("pulumi")
    return Path(found) if found else None


def path_for_policy_packs() -> str:
    """The PATH with which Pulumi runs: a policy pack takes the first python3 on it, and needs this one's packages."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def pulumi_command(home: Path) -> PulumiCommand:
    """The executable as the Automation API runs it, asked for its version with Pulumi's home at `home`.

    Raises:
        SandboxError: it does not run, or is too old.
    """
    try:
        # The SDK asks for Pulumi's version with the variables of this process, and Pulumi writes to its home then.
        with variable("PULUMI_HOME", str(home)):
            return PulumiCommand()
    except (OSError, subprocess.CalledProcessError, InvalidVersionError) as error:
        raise SandboxError(
            f"{find_pulumi()} does not run: {error}",
            "reinstall Pulumi, or remove it from the PATH: the sandbox can deploy without it",
            exit_code=BAD_INPUT,
        ) from error
