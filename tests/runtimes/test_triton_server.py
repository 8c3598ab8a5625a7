"""Triton itself, as a Python package carries it, with our arguments, our configuration and our probes.

The package has Triton 2.51 with its Python backend; what is deployed is a newer release with more backends.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.model_service.runtimes import triton
from settings import Backend, Tensor, Triton, Warmup
from tests.runtimes.processes import Place, asked
from tests.runtimes.triton_process import ASKED, BATCHING, placed, served, started
from tests.waiting import soon

HERE = Path(__file__).parent
X = Tensor.model_validate({"name": "x", "dataType": "FP32", "dims": [2]})
ROWS = [[1.0, 2.0], [3.0, 4.0]]


@pytest.fixture(scope="module")
def python(triton_python: Path) -> Path:
    return triton_python


@pytest.fixture(scope="module")
def running(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server of one model by its name in requests, with a version beside it that the stack does not name."""
    place, folder = placed(tmp_path_factory.mktemp("triton"), served(served_name=ASKED))
    shutil.copytree(folder, folder.with_name("8"))
    with started(python, place):
        soon(place.ready, "the model is loaded")
        yield place


def answered(place: Place, body: object) -> Any:
    status, text = asked(place.url(place.server.http_port, f"{place.server.http_prefix}/infer"), body)
    assert status == 200, text
    return json.loads(text)


def request(rows: list[list[float]]) -> dict[str, Any]:
    data = [value for row in rows for value in row]
    return {"inputs": [{"name": "x", "shape": [len(rows), 2], "datatype": "FP32", "data": data}]}


def test_a_prediction_over_http(running: Place) -> None:
    answer = answered(running, request(ROWS))
    assert (answer["model_name"], answer["model_version"]) == (ASKED, "7")
    assert answer["outputs"] == [{"name": "y", "datatype": "FP32", "shape": [2, 2], "data": [2.0, 4.0, 6.0, 8.0]}]


def test_a_prediction_over_grpc(running: Place, python: Path) -> None:
    address = f"127.0.0.1:{running.ports[running.server.grpc_port]}"
    command = [str(python), str(HERE / "triton_predict.py"), address, ASKED, "7"]
    done = subprocess.run(command, input=json.dumps({"x": ROWS}), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"y": [[2.0, 4.0], [6.0, 8.0]]}


def test_it_serves_as_the_configuration_says(running: Place) -> None:
    _, text = asked(running.url(running.server.http_port, f"{running.server.http_prefix}/config"))
    config = json.loads(text)
    assert (config["backend"], config["max_batch_size"]) == ("python", 8)
    assert config["version_policy"] == {"specific": {"versions": [7]}}
    assert [(group["kind"], group["count"]) for group in config["instance_group"]] == [("KIND_CPU", 2)]
    assert config["dynamic_batching"]["max_queue_delay_microseconds"] == 500
    assert config["dynamic_batching"]["default_queue_policy"]["max_queue_size"] == 32
    assert [tensor["name"] for tensor in config["input"]] == ["x"]


def test_only_the_version_that_is_named_is_served(running: Place) -> None:
    status, _ = asked(running.url(running.server.http_port, f"{running.server.http_prefix}/versions/8/ready"))
    assert status == 400


def test_requests_are_counted_and_probes_are_not(running: Place) -> None:
    series = triton.LOAD.requests.name + f'{{model="{ASKED}",version="7"}} '

    def counted() -> float:
        (line,) = (line for line in running.metrics().splitlines() if line.startswith(series))
        return float(line.removeprefix(series))

    before = counted()
    for probe in vars(running.server.probes).values():
        assert running.succeeds(probe)
    answered(running, request(ROWS))
    assert counted() == before + 1


@pytest.mark.parametrize("action", ["load", "unload"])
def test_nobody_loads_or_unloads_models_over_the_network(running: Place, action: str) -> None:
    status, text = asked(running.url(running.server.http_port, f"/v2/repository/models/{ASKED}/{action}"), {})
    assert status in (400, 503)
    assert "not allowed" in text
    assert running.ready()


def test_without_batching_a_model_takes_a_whole_request_as_it_is(python: Path, tmp_path: Path) -> None:
    place, _ = placed(tmp_path, served(batching=None))
    with started(python, place):
        soon(place.ready, "the model is loaded")
        plain = {"inputs": [{"name": "x", "shape": [2], "datatype": "FP32", "data": [1.0, 2.0]}]}
        assert answered(place, plain)["outputs"][0]["data"] == [2.0, 4.0]


def test_it_is_not_ready_before_the_version_is_loaded(python: Path, tmp_path: Path) -> None:
    place, folder = placed(tmp_path, served(log_level=0))
    (folder / "held").touch()
    with started(python, place) as server:
        soon(lambda: "loading: digits:7" in (tmp_path / "log").read_text(), "the model begins to load")
        assert not place.ready()
        assert not place.succeeds(place.server.probes.startup)
        assert server.poll() is None
        (folder / "held").unlink()
        soon(place.ready, "the model is loaded")
        assert place.succeeds(place.server.probes.liveness)


def test_a_model_that_cannot_be_loaded_ends_the_server(python: Path, tmp_path: Path) -> None:
    place, folder = placed(tmp_path, served())
    (folder / "model.py").write_text("broken", encoding="utf-8")
    with started(python, place) as server:
        soon(lambda: server.poll() is not None, "the server ends")
        assert server.returncode not in (0, -15)
    assert "failed to load all models" in (tmp_path / "log").read_text()


def test_it_is_warmed_up_before_it_is_ready(python: Path, tmp_path: Path) -> None:
    section = Triton(backend=Backend.PYTHON, inputs=(X,))
    place, folder = placed(tmp_path, served(warmup=Warmup.REQUIRED, triton=section))
    with started(python, place):
        soon(place.ready, "the model is loaded")
        instances = BATCHING.num_batch_threads
        assert (folder / "seen").read_text().splitlines() == ["[[0.0, 0.0]]"] * instances
