"""Python environments beside that of the tests, for groups of uv.lock that conflict with the policy pack's packages."""

import functools
import hashlib
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from inferencectl.sandbox.toolchain.toolchain import cache_directory

_ROOT = Path(__file__).parents[1]


def exported(*options: str, project: Path = _ROOT) -> str:
    """The packages of uv.lock with their hashes, as a requirements file; options choose a group. Works offline."""
    export = [sys.executable, "-m", "uv", "export", "--quiet", "--frozen", "--offline", "--no-header", *options]
    return subprocess.run(export, cwd=project, check=True, capture_output=True, text=True).stdout


def directory(group: str, project: Path = _ROOT) -> Path:
    """Where the environment of a group is kept: with the sandbox's tools, by the digest of the group's packages.

    A change to another group leaves it as it is.
    """
    digest = hashlib.sha256(_packages(group, project).encode()).hexdigest()[:16]
    return cache_directory() / f"{group}-{sys.version_info.major}.{sys.version_info.minor}-{digest}"


def is_installed(group: str) -> bool:
    """Whether the environment of a group is complete."""
    return (directory(group) / "installed").exists()


def installed(group: str) -> Path:
    """The Python of an environment with the packages of a group in uv.lock, and nothing else; made once, in minutes."""
    target = directory(group)
    target.parent.mkdir(parents=True, exist_ok=True)
    python = target / "bin" / "python"
    with FileLock(target.with_name(f"{target.name}.lock")):
        if not is_installed(group):
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(target)], check=True)
            requirements = target / "requirements.txt"
            requirements.write_text(_packages(group, _ROOT), encoding="utf-8")
            # The list is complete; what a package asks for beyond it was left out on purpose (pyproject.toml).
            pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
            subprocess.run([*pip, "--requirement", str(requirements)], check=True)
            (target / "installed").touch()
    return python


@functools.cache
def _packages(group: str, project: Path) -> str:
    # Comments say who needs a package, which may change without the package.
    return exported("--only-group", group, "--no-annotate", project=project)
