"""What the tests of training have in common."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "model_images" / "training"
SAMPLER = PACKAGE.with_name("sampler")
INSPECTION = Path(__file__).with_name("inspect_versions.py")
SHORT = ("--epochs", "2", "--variant", "saved-model")
SECONDS = 600
PATIENT = [
    pytest.mark.timeout(900),
    pytest.mark.slow("trains a model, or is the first to use one that all tests share"),
]
"""The marks of tests that train."""

Finished = subprocess.CompletedProcess[str]
Run = Callable[..., Finished]


@dataclass(frozen=True)
class Training:
    """What a training left: its directory and the last line that it said, the digest of the weights."""

    output: Path
    weights: str
