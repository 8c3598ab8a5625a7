"""Environments of Python beside the tests' own, for what wants other packages than the policy pack does."""

import hashlib
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from inferencectl.sandbox.toolchain.toolchain import cache_directory


def installed(name: str, requirements: Path) -> Path:
    """The Python of an environment with what a file of pinned requirements names.

    It is made once, which takes minutes, and kept with the sandbox's tools by the digest of the file.
    """
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    target = cache_directory() / f"{name}-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    target.parent.mkdir(parents=True, exist_ok=True)
    python = target / "bin" / "python"
    with FileLock(target.with_name(f"{target.name}.lock")):
        if not (target / "installed").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(target)], check=True)
            # The file names everything; what a package asks for beyond it was left out on purpose (pyproject.toml).
            pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
            subprocess.run([*pip, "--requirement", str(requirements)], check=True)
            (target / "installed").touch()
    return python
