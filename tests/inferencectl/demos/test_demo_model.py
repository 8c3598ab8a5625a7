"""``make demo-model``: its story is reported by real commands, and nothing of it stays."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import BAD_INPUT

ROOT = Path(__file__).parents[3]
CHANGE = re.compile(r"digits: 1 → 2 \(accuracy (?P<before>[0-9.]+) → (?P<after>[0-9.]+)[,)]")
# Two trainings, a control plane and some twenty processes of Python; minutes on a busy machine.
SECONDS = 600


def demonstrated(training_python: Path, directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inferencectl", "demo-model", "--training-python", str(training_python)]
    # Python keeps bytecode, as it does by default: nothing may be left of that either.
    environment = {**os.environ, "TMPDIR": str(directory), "PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def working_in(directory: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if str(directory) in " ".join((process.environ().get("HOME", ""), process.cwd(), *process.cmdline())):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.slow("trains two models, and starts a control plane and some twenty processes of Python")
def test_a_model_goes_from_training_to_the_preview_that_names_its_change(
    tools: Toolchain, training_python: Path, tmp_path: Path
) -> None:
    ended = demonstrated(training_python, tmp_path)
    assert ended.returncode == 0, ended.stderr
    found = CHANGE.search(ended.stdout)
    assert found, ended.stdout
    assert float(found["before"]) < float(found["after"])
    published, promoted = ended.stdout.index("published digits version 2"), ended.stdout.index("digits@stable: 1 → 2")
    assert published < promoted < found.start()
    assert "verified digits version 2" in ended.stdout
    assert "+ create Deployment models-demo/digits-v2" in ended.stdout[found.start() :]
    assert not [*tmp_path.iterdir()]
    assert not working_in(tmp_path)


def test_without_the_environment_for_training_it_says_what_makes_it(tmp_path: Path) -> None:
    ended = demonstrated(tmp_path / "absent", tmp_path)
    assert (ended.returncode, ended.stdout) == (BAD_INPUT, "")
    assert "no Python interpreter with the training packages\nrun: make demo-model" in ended.stderr
