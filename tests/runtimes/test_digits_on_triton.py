"""The example model on Triton itself: the version that the live stack publishes, held to its recorded predictions."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from inferencectl.sandbox.live.digits import TRITON
from settings import Model
from tests.runtimes.processes import Place
from tests.runtimes.triton_process import BATCHING, placed, served, started
from tests.waiting import soon
from verification import ServingProtocol
from verification.checks.checks import Limits, Result, verify
from verification.checks.target import Target

pytestmark = pytest.mark.slow("trains the example model if no test has done so before")


@pytest.fixture(params=[None, BATCHING], ids=["alone", "batched"])
def running(
    request: pytest.FixtureRequest, triton_python: Path, trained: Path, tmp_path: Path
) -> Iterator[tuple[Place, Path]]:
    of: Model = served(batching=request.param)
    place, folder = placed(tmp_path, of)
    shutil.rmtree(folder)
    shutil.copytree(trained / TRITON.trained, folder)
    with started(triton_python, place):
        soon(place.ready, "the model is loaded")
        yield place, folder


def test_it_answers_as_it_did_when_it_was_trained(running: tuple[Place, Path]) -> None:
    place, folder = running
    target = Target(
        model="digits",
        version=7,
        rest=place.url(place.server.http_port, ""),
        grpc=f"grpc://127.0.0.1:{place.ports[place.server.grpc_port]}",
        expect=str(folder / "assets.extra" / "verification.json"),
        protocol=ServingProtocol.OPEN_INFERENCE,
    )
    made = list(verify(target, Limits(calls=3)))
    assert [(check.name, check.detail) for check in made if check.result is not Result.PASSED] == []
    assert len(made) == 8
