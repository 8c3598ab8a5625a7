"""Foreign programs: run where the components are installed from their wheel, and the checkout cannot be imported."""

import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from inferencectl.program.recording import Recording

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

# Pulumi's language host puts the program's folder first on the path; the recorder does the same.
_RUNNER = """
import importlib.util, pathlib, pickle, sys

program, project, stack, config, result = sys.argv[1:]
assert [name for name in ("components", "settings", "versions") if importlib.util.find_spec(name)] == []
from inferencectl.program.recording import record_program

config = pickle.loads(bytes.fromhex(config))
recording = record_program(pathlib.Path(program), project=project, stack=stack, config=config)
pathlib.Path(result).write_bytes(pickle.dumps(recording))
"""


def pip(arguments: Sequence[str]) -> None:
    """Run pip without any package index."""
    command = [sys.executable, "-m", "pip", "--quiet", *arguments, "--no-deps", "--no-index"]
    subprocess.run(command, check=True, cwd=_scratch().name)


@cache
def wheel() -> Path:
    """The wheel of this checkout, built once for all tests."""
    directory = _directory("wheel")
    pip(["wheel", "--no-build-isolation", "--wheel-dir", str(directory), str(ROOT / "library")])
    (built,) = directory.glob("*.whl")
    return built


@cache
def installed() -> Path:
    """A folder that the wheel is installed into, and nothing else."""
    directory = _directory("installed")
    pip(["install", "--target", str(directory), str(wheel())])
    return directory


@cache
def recorded(example: str, stack: str) -> Recording:
    """What an example registers, as a program of its own in a folder outside the checkout."""
    program = shutil.copytree(EXAMPLES / example, _directory("programs") / example)
    config = yaml.safe_load((program / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]
    project = yaml.safe_load((program / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    return record(program / "__main__.py", project, stack, config)


def record(program: Path, project: str, stack: str, config: dict[str, str] | None = None) -> Recording:
    """Record a program in a process of its own.

    Raises:
        subprocess.CalledProcessError: the program failed; what it said is in ``stderr``.
    """
    result = _directory("result") / "recording"
    # The recorder alone, out of the checkout: whatever else the program imports, it has from the wheel.
    harness = _directory("harness")
    (harness / "inferencectl").symlink_to(ROOT / "inferencectl")
    arguments = [str(program), project, stack, pickle.dumps(config or {}).hex(), str(result)]
    subprocess.run(
        [sys.executable, "-P", "-c", _RUNNER, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=program.parent,
        env={"PYTHONPATH": f"{installed()}:{harness}", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return pickle.loads(result.read_bytes())  # noqa: S301 - written by the process above


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    """Where everything is built and run; it is removed when the tests end."""
    return tempfile.TemporaryDirectory(prefix="inference-library-")


def _directory(purpose: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=_scratch().name))
