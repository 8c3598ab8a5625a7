"""What the tests of training have in common."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "model_images" / "training"
INSPECTION = Path(__file__).with_name("inspect_versions.py")
SHORT = ("--epochs", "2", "--variant", "saved-model")
SECONDS = 280

Finished = subprocess.CompletedProcess[str]
Run = Callable[..., Finished]


@dataclass(frozen=True)
class Training:
    """What a training left: its directory and the last line that it said, the digest of the weights."""

    output: Path
    weights: str
