"""Triton with its Python backend, as a process that tests ask."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.model_service.runtimes import triton
from settings import Backend, Batching, Model, Triton
from tests.components.models import SMALL, model, version
from tests.runtimes.processes import Place, process

HERE = Path(__file__).parent
ASKED = "Digits_of.8"
"""What requests call the model where that is not its name."""
BATCHING = Batching(max_batch_size=8, batch_timeout_micros=500, max_enqueued_batches=4, num_batch_threads=2)


def served(**fields: Any) -> Model:
    """Version 7 of the model that is tried, in the settings' words."""
    defaults = {"batching": BATCHING, "versions": (version(7),), "triton": Triton(backend=Backend.PYTHON)}
    return model("digits", runtime="triton", **{**defaults, **fields})


def placed(root: Path, of: Model, program: Path = HERE / "doubling_model.py") -> tuple[Place, Path]:
    """Where a model's server is to run, and the folder of its version, which holds ``program``."""
    place = Place.of(root, triton.server(of, of.versions[0], SMALL, None))
    folder = place.version_folder(of.name_in_requests, of.versions[0])
    shutil.copy(program, folder / "model.py")
    return place, folder


@contextmanager
def started(python: Path, place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Triton in place of the image's: its Python backend stands where the package keeps it."""
    (package,) = python.parents[1].glob("lib/python*/site-packages/pytriton/tritonserver")
    backend = place.root / "backends" / "python"
    shutil.copytree(package / "backends" / "python", backend)
    (stub,) = package.glob(f"python_backend_stubs/{package.parents[2].name.removeprefix('python')}/*")
    (backend / stub.name).symlink_to(stub)
    arguments = [place.moved(argument) for argument in place.server.arguments]
    loopback = ["--http-address=127.0.0.1", "--grpc-address=127.0.0.1", "--metrics-address=127.0.0.1"]
    command = [str(package / "bin" / "tritonserver"), *arguments, *loopback, f"--backend-directory={backend.parent}"]
    environment = {**place.server.environment, "PATH": f"{python.parent}:{os.environ['PATH']}"}
    with process(command, environment, place.root / "log") as running:
        yield running
