"""TorchServe with a model that doubles what it is asked: for tests of the package and of the image."""

import json
import subprocess
from pathlib import Path
from typing import Any

from components.model_service.runtimes import torchserve
from settings import Model
from tests.components.models import SMALL, model, version
from tests.runtimes.processes import Place, asked

HERE = Path(__file__).parent
ASKED = "Digits_of.8"
"""What requests call the model where that is not its name."""
STAND_IN = HERE / "torch_stand_in"
"""A folder with a module in place of PyTorch."""


def served(**fields: Any) -> Model:
    return model("digits", runtime="torchserve", **{"versions": (version(7),), "log_level": 0, **fields})


def placed(root: Path, of: Model) -> tuple[Place, Path]:
    server = torchserve.server(of, of.versions[0], SMALL, None)
    place = Place.of(root, server, torchserve.MANAGEMENT_PORT, torchserve.GRPC_MANAGEMENT_PORT)
    (root / "tmp").mkdir()
    return place, place.version_folder(of.name_in_requests, of.versions[0])


def archive(python: Path, folder: Path, model_version: str = "7", handler: Path = HERE / "doubling_handler.py") -> None:
    tool = [str(python.with_name("torch-model-archiver")), "--model-name", "digits", "--handler", str(handler)]
    subprocess.run([*tool, "--version", model_version, "--export-path", str(folder)], check=True)


def predicted(place: Place, x: list[int]) -> Any:
    status, text = asked(place.url(place.server.http_port, place.server.http_prefix), {"x": x})
    assert status == 200, text
    return json.loads(text)
