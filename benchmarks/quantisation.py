"""Is the 8-bit integer model faster than the float model? Both run in TFLite on one thread."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure
from inferencectl.workspace.project import Project

ROOT = Project(Path(__file__).parent.parent).root
PYTHON = ROOT / ".venv-training" / "bin" / "python"
PACKAGE = ROOT / "model_images" / "training"
SHARES = {"1": 0.9, "64": 0.6}
"""Upper bound of the latency of INT8 relative to float, by batch size."""


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Train the example model briefly, as its weights do not matter, and measure both variants alternately."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        progress("training the example model")
        _run("train", "--output", name, "--epochs", "2", "--variant", "tflite-float", "tflite-int8")
        progress("measuring float and INT8 alternately")
        models = [argument for variant in ("float", "int8") for argument in ("--model", f"{name}/1-tflite-{variant}")]
        seconds = json.loads(_run("latency", *models))
        sizes = [(directory / f"1-tflite-{variant}" / "model.tflite").stat().st_size for variant in ("float", "int8")]
    for batch, (exact, int8) in seconds.items():
        yield Figure(
            name=f"latency of INT8 compared to float, TFLite, batch of {batch}",
            value=int8 / exact,
            bound=SHARES[batch],
            unit="x",
            detail=f"medians {int8 * 1e6:.1f} and {exact * 1e6:.1f} µs; {sizes[1]:,} and {sizes[0]:,} bytes",
        )


def _run(*arguments: str) -> str:
    command = [str(PYTHON), "-m", "digits_model", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
