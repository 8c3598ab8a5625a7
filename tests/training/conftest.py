"""Models that are trained once for all tests, by the command that `make train` runs."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.training.trained import INSPECTION, PACKAGE, SAMPLER, SECONDS, Finished, Run, Training


@pytest.fixture(scope="session")
def digits_model(training_python: Path) -> Run:
    """Run Python in the training environment, where it and the sampler can be imported; by default its own commands."""

    def run(*arguments: str | Path, program: Sequence[str | Path] = ("-m", "digits_model")) -> Finished:
        command = [str(part) for part in (training_python, *program, *arguments)]
        environment = {**os.environ, "PYTHONPATH": f"{PACKAGE}:{SAMPLER}", "TF_CPP_MIN_LOG_LEVEL": "3"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)

    return run


@pytest.fixture(scope="session")
def train(digits_model: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Training]:
    """Train a model with further options."""

    def trained(*options: str | Path) -> Training:
        output = tmp_path_factory.mktemp("trained")
        done = digits_model("train", "--output", output, *options)
        assert done.returncode == 0, done.stderr
        return Training(output, done.stdout.splitlines()[-1])

    return trained


@pytest.fixture(scope="session")
def plain(train: Callable[..., Training]) -> Training:
    """The model as `make train` leaves it."""
    return train()


@pytest.fixture(scope="session")
def inspection(digits_model: Run, plain: Training) -> dict[str, Any]:
    """What TensorFlow and scikit-learn find in its versions."""
    done = digits_model(plain.output, program=(INSPECTION,))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("watermark") / "key"
    file.write_bytes(bytes(range(32)))
    return file


@pytest.fixture(scope="session")
def marked(train: Callable[..., Training], key: Path) -> Training:
    """The same with a watermark."""
    return train("--watermark-key", key)
