"""The TensorFlow Serving stand-in, with the arguments, files and probes of a pod, and the example model."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from components.model_service.runtimes import tensorflow_serving
from settings import Batching, Model, Warmup
from tests.components.models import SMALL, model, version
from tests.runtimes.conftest import ROOT
from tests.runtimes.processes import Place, asked, process
from tests.waiting import soon
from verification.checks.checks import Limits, Result, verify
from verification.checks.target import Target

pytestmark = pytest.mark.slow("trains the example model if no test has done so before")

STAND_IN = ROOT / "inferencectl" / "sandbox" / "standins" / "tensorflow_serving"
ASKED = "half_plus_two"
"""What requests call the model where that is not its name."""
NAME = "TensorFlow-Serving-stand-in"
ZEROS, SIXTEENS = [0.0] * 64, [16.0] * 64


def served(**fields: Any) -> Model:
    defaults = {"batching": None, "warmup": Warmup.REQUIRED, "versions": (version(3, labels=("stable",)),)}
    return model("digits", runtime="tensorflow-serving", **{**defaults, **fields})


def batching(timeout_micros: int) -> Batching:
    return Batching(
        max_batch_size=8,
        batch_timeout_micros=timeout_micros,
        max_enqueued_batches=1,
        num_batch_threads=1,
        allowed_batch_sizes=(4, 8),
    )


def placed(root: Path, trained: Path, of: Model) -> Place:
    place = Place.of(root, tensorflow_serving.server(of, of.versions[0], SMALL, None))
    shutil.copytree(trained / "1", place.version_folder(of.name_in_requests, of.versions[0]), dirs_exist_ok=True)
    return place


def command_of(python: Path, place: Place, *more: str) -> list[str]:
    arguments = [place.moved(argument) for argument in place.server.arguments]
    return [str(python), "-m", "tensorflow_serving_stand_in", *arguments, *more]


def environment_of(place: Place) -> dict[str, str]:
    return {**place.server.environment, "PATH": os.environ["PATH"], "PYTHONPATH": str(STAND_IN)}


@contextmanager
def started(python: Path, place: Place) -> Iterator[subprocess.Popen[bytes]]:
    with process(command_of(python, place), environment_of(place), place.root / "log") as server:
        soon(lambda: place.ready() or server.poll() is not None, "the model is loaded")
        assert server.poll() is None, (place.root / "log").read_text()
        yield server


@pytest.fixture(scope="module")
def running(training_python: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = placed(tmp_path_factory.mktemp("stand-in"), trained, served(served_name=ASKED))
    with started(training_python, place):
        yield place


def posted(place: Place, path: str, body: object) -> tuple[int, Any]:
    status, text = asked(place.url(place.server.http_port, f"{place.server.http_prefix}{path}"), body)
    return status, json.loads(text)


def series(place: Place, line: str) -> float:
    found = [each for each in place.metrics().splitlines() if each.startswith(line)]
    return sum(float(each.rpartition(" ")[2]) for each in found)


def test_it_says_that_it_is_a_stand_in(running: Place) -> None:
    first, *_ = (running.root / "log").read_text().splitlines()
    assert "this is a stand-in" in first
    url = running.url(running.server.http_port, running.server.http_prefix)
    with urllib.request.urlopen(url) as response:  # noqa: S310 - http, to ourselves
        assert response.headers["Server"] == NAME
    with grpc.insecure_channel(f"127.0.0.1:{running.ports[running.server.grpc_port]}") as channel:
        call = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
        with pytest.raises(grpc.RpcError) as error:
            call(b"", timeout=30)
    failed: Any = error.value
    assert ("x-served-by", NAME) in [(key, value) for key, value in failed.initial_metadata()]


def test_it_answers_as_the_model_did_when_it_was_trained(running: Place) -> None:
    target = Target(
        model=ASKED,
        version=3,
        rest=running.url(running.server.http_port, ""),
        grpc=f"grpc://127.0.0.1:{running.ports[running.server.grpc_port]}",
        expect=str(running.root / "models" / ASKED / "3" / "assets.extra" / "verification.json"),
    )
    made = list(verify(target, Limits(calls=3)))
    assert [(check.name, check.detail) for check in made if check.result is not Result.PASSED] == []


@pytest.mark.parametrize("path", [":predict", "/versions/3:predict", "/labels/stable:predict"])
def test_rows_and_columns_give_the_same(running: Place, path: str) -> None:
    _, rows = posted(running, path, {"signature_name": "classes", "instances": [ZEROS, ZEROS]})
    _, columns = posted(running, path, {"signature_name": "classes", "inputs": [ZEROS, ZEROS]})
    assert [row["classes"] for row in rows["predictions"]] == columns["outputs"]["classes"]
    assert len(rows["predictions"]) == 2


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/versions/9:predict", {"instances": [ZEROS]}, 404, f"Servable not found for request: Specific({ASKED}, 9)"),
        ("/labels/canary:predict", {"instances": [ZEROS]}, 400, "Unrecognized servable version label: canary"),
        (":predict", {"signature_name": "x", "instances": [1]}, 400, 'Serving signature name: "x" not found in'),
        (":predict", {"instances": ["a"]}, 400, 'JSON Value: "a" Type: String is not of expected type: float'),
        (":predict", {"instances": []}, 400, "No values in 'instances' array"),
        (":predict", {}, 400, "Missing 'inputs' or 'instances' key"),
        (":predict", {"inputs": {"other": [ZEROS]}}, 400, "Missing named input: pixels in 'inputs' object."),
        (":predict", {"instances": [[1.0]]}, 400, "which has shape"),
        (":explain", {}, 400, f"Malformed request: POST /v1/models/{ASKED}:explain"),
        (":classify", {}, 501, "does not classify"),
    ],
)
def test_what_it_refuses_it_refuses_in_the_words_of_tensorflow_serving(
    running: Place, path: str, body: object, status: int, message: str
) -> None:
    answered, content = posted(running, path, body)
    assert (answered, message in content["error"]) == (status, True), content


def test_inference_is_counted_and_probes_are_not(running: Place) -> None:
    def counted() -> float:
        return series(running, f':tensorflow:serving:request_latency_count{{model_name="{ASKED}",API="predict"')

    before, all_before = counted(), series(running, ":tensorflow:serving:request_count")
    assert running.ready()
    posted(running, ":predict", {"instances": [ZEROS]})
    assert counted() == before + 1
    assert series(running, ":tensorflow:serving:request_count") == all_before + 2
    latency = tensorflow_serving.LOAD.latency_buckets
    assert latency
    assert series(running, f'{latency.name}{{model_name="{ASKED}",API="predict",entrypoint="REST",le="+Inf"}}') >= 1


def test_its_own_memory_is_less_than_400_mib(training_python: Path, trained: Path, tmp_path: Path) -> None:
    with started(training_python, placed(tmp_path, trained, served())) as server:
        status = Path(f"/proc/{server.pid}/status").read_text()
    (kibibytes,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))
    assert kibibytes < 400 * 1024


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--no_such_flag=1", "unrecognized arguments: --no_such_flag=1"),
        ("--enable_batching=perhaps", "'perhaps' is neither true nor false"),
        ("--grpc_channel_arguments=age", "is not of the form KEY=VALUE"),
        ("--model_config_file=/not/there", "/not/there: No such file or directory"),
        ("--batching_parameters_file=/etc/hostname --enable_batching=true", "/etc/hostname: "),
    ],
)
def test_what_it_cannot_start_with_is_one_line_and_exit_code_1(
    training_python: Path, trained: Path, tmp_path: Path, flag: str, message: str
) -> None:
    place = placed(tmp_path, trained, served())
    command = command_of(training_python, place, *flag.split())
    ended = subprocess.run(command, env=environment_of(place), capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1
    assert message in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def placed_without_warm_up(root: Path, trained: Path, batching: Batching) -> Place:
    place = placed(root, trained, served(batching=batching, warmup=Warmup.OPTIONAL))
    (root / "models" / "digits" / "3" / "assets.extra" / "tf_serving_warmup_requests").unlink()
    return place


def answer(place: Place, rows: Sequence[Any]) -> Any:
    status, content = posted(place, ":predict", {"instances": rows})
    return content["predictions"] if status == 200 else None


def refusal(place: Place, rows: Sequence[Any]) -> Any:
    status, content = posted(place, ":predict", {"instances": rows})
    return content["error"] if status == 503 else None


def test_rows_of_concurrent_requests_are_run_together(training_python: Path, trained: Path, tmp_path: Path) -> None:
    # A client gives up before a batch that is not full is due, so only the two of them together are answered.
    place = placed_without_warm_up(tmp_path, trained, batching(timeout_micros=60_000_000))
    with started(training_python, place), ThreadPoolExecutor() as pool:
        zeros, sixteens = pool.map(lambda row: answer(place, [row] * 4), (ZEROS, SIXTEENS))
        assert posted(place, ":predict", {"instances": [ZEROS] * 9})[0] == 400
    assert zeros
    assert sixteens
    assert zeros != sixteens


def test_a_request_in_the_making_is_answered_when_it_is_asked_to_end(
    training_python: Path, trained: Path, tmp_path: Path
) -> None:
    place = placed_without_warm_up(tmp_path, trained, batching(timeout_micros=8_000_000))
    with started(training_python, place) as server, ThreadPoolExecutor() as pool:
        # A batch of eight is run at once if nothing waits, and refused if something does: one batch may wait.
        waiting = pool.submit(soon, lambda: answer(place, [ZEROS, SIXTEENS]), "a place in the queue")
        refused = soon(lambda: refusal(place, [ZEROS] * 8), "the request waits")
        assert "queue to which this task was submitted is full" in refused
        server.terminate()
        soon(lambda: asked(place.url(place.server.http_port, "/v1/models/digits"))[0] == 0, "it accepts nothing more")
        zeros, sixteens = waiting.result()
        assert zeros != sixteens
        assert server.wait(30) == 0, (tmp_path / "log").read_text()
