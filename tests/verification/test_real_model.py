"""The client and the checks against a real SavedModel, over TensorFlow Serving's own protos and its REST API."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inferencectl.sandbox.ports import free_ports
from tests.verification.model_server import MODEL, VERSION, ModelServer, model_server
from verification import BadInputError, Client, RefusedError, Retry, TensorForm, VersionStatus
from verification.checks.checks import Check, Limits, Result, verify
from verification.checks.target import Target
from verification.cli import main

QUICK = Limits(calls=3)


@pytest.fixture(scope="module")
def running(training_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelServer]:
    with model_server(tmp_path_factory.mktemp("model-server")) as started:
        yield started


@pytest.fixture
def server(running: ModelServer) -> ModelServer:
    running.behave()
    return running


@pytest.fixture
def target(server: ModelServer) -> Target:
    return Target(model=MODEL, version=VERSION, rest=server.rest, grpc=server.grpc, expect=str(server.expect))


@pytest.fixture(params=["rest", "grpc"])
def client(request: pytest.FixtureRequest, server: ModelServer) -> Iterator[Client]:
    with Client(getattr(server, request.param), MODEL, version=VERSION) as made:
        yield made


def failures(target: Target, limits: Limits = QUICK) -> list[tuple[str, str, str]]:
    """The failed checks: the scheme of the address, the name and the details."""
    return [(check.address[:4], check.name, check.detail) for check in checks(target, limits) if _failed(check)]


def checks(target: Target, limits: Limits = QUICK) -> list[Check]:
    return list(verify(target, limits))


def _failed(check: Check) -> bool:
    return check.result is Result.FAILED


def both(name: str, detail: str) -> list[tuple[str, str, str]]:
    return [("http", name, detail), ("grpc", name, detail)]


def first_score(target: Target) -> float:
    """The recorded score that the changed weight belongs to."""
    return json.loads(Path(target.expect).read_text())["outputs"]["scores"][0][1]


def test_predictions_of_every_type_are_what_the_model_computes(client: Client, server: ModelServer) -> None:
    recorded = json.loads(server.expect.read_text())
    outputs = client.predict(recorded["inputs"])
    assert outputs["classes"] == recorded["outputs"]["classes"]
    assert outputs["names"] == recorded["outputs"]["names"] == ["odd", "odd"]
    assert outputs["scores"] == [pytest.approx(row, abs=1e-6) for row in recorded["outputs"]["scores"]]


def test_another_signature_and_another_size_of_batch(client: Client) -> None:
    outputs = client.predict({"features": [[0.0, 0.0, 0.0]] * 5}, signature="score")
    assert outputs == {"scores": [[0.5, 0.5]] * 5}


def test_the_signatures_are_those_of_the_file(client: Client) -> None:
    form = client.signatures()["serving_default"]
    assert form.inputs == {"features": TensorForm(data_type="DT_FLOAT", shape=(-1, 3))}
    assert form.outputs == {
        "scores": TensorForm(data_type="DT_FLOAT", shape=(-1, 2)),
        "classes": TensorForm(data_type="DT_INT64", shape=(-1,)),
        "names": TensorForm(data_type="DT_STRING", shape=(-1,)),
    }


def test_statuses(client: Client, server: ModelServer) -> None:
    assert client.statuses() == (VersionStatus(version=VERSION, state="AVAILABLE"),)
    server.behave(state="END", error="no space")
    assert client.statuses() == (VersionStatus(version=VERSION, state="END", error="no space"),)


def test_inputs_that_do_not_fit_the_signature_are_refused_before_they_are_sent(client: Client) -> None:
    with pytest.raises(BadInputError, match=r"inputs pixels; the signature has features"):
        client.predict({"pixels": [[1.0]]})
    with pytest.raises(BadInputError, match=r"shape \(1, 2\); the signature expects \(-1, 3\)"):
        client.predict({"features": [[1.0, 2.0]]})
    with pytest.raises(RefusedError, match=r"no signature 'scores'; the model has .*score, serving_default"):
        client.predict({"features": [[1.0, 2.0, 3.0]]}, signature="scores")


def test_a_version_that_is_not_there(server: ModelServer) -> None:
    for address in (server.rest, server.grpc):
        with Client(address, MODEL, version=9) as client, pytest.raises(RefusedError, match="Servable not found"):
            client.predict({"features": [[1.0, 2.0, 3.0]]})


def test_everything_passes_on_the_version_that_was_published(target: Target) -> None:
    made = checks(target)
    assert [check.name for check in made] == ["version", "signature", "prediction", "latency"] * 2
    assert {check.result for check in made} == {Result.PASSED}
    assert "3 calls" in made[-1].detail


def test_another_version(target: Target, server: ModelServer) -> None:
    server.behave(version=4)
    assert failures(target) == both("version", "version 3 is not served; the server has 4 AVAILABLE")


def test_a_version_that_is_loading(target: Target, server: ModelServer) -> None:
    server.behave(state="LOADING")
    sentence = "version 3 LOADING, not AVAILABLE; it may still be loading, or the server's log has the error"
    assert failures(target) == both("version", sentence)


def test_one_changed_weight(target: Target, server: ModelServer) -> None:
    server.behave(weight=0.29)
    failed = failures(target)
    assert [name for _, name, _ in failed] == ["prediction"] * 2
    for *_, detail in failed:
        assert detail.startswith("output 'scores', row 0, column 1: 0.6558")
        assert detail.endswith(f", expected {first_score(target)} ± 0.0001; and 1 more")


def test_nan_instead_of_a_number(target: Target, server: ModelServer) -> None:
    server.behave(weight=math.nan)
    failed = failures(target)
    assert [name for _, name, _ in failed] == ["prediction"] * 2
    sentence = f"output 'scores', row 0, column 1: NaN, expected {first_score(target)} ± 0.0001"
    assert all(detail.startswith(sentence) for *_, detail in failed)


def test_a_missing_signature(target: Target, server: ModelServer) -> None:
    server.behave(model="other")
    failed = failures(target)
    assert [name for _, name, _ in failed] == ["signature"] * 2
    for *_, detail in failed:
        assert detail.startswith("no signature 'serving_default'; the model has ")
        assert "other" in detail


def test_a_signature_with_another_input(target: Target, tmp_path: Path) -> None:
    recorded = json.loads(Path(target.expect).read_text())
    for change, sentence in (
        ({"inputs": {"pixels": recorded["inputs"]["features"]}}, "inputs features; the recording has pixels"),
        ({"inputs": {"features": [[1.0], [2.0]]}}, "input 'features' has shape (-1, 3); the recording has (2, 1)"),
        (
            {"outputs": {"scores": recorded["outputs"]["scores"]}},
            "outputs classes, names, scores; the recording has scores",
        ),
    ):
        file = tmp_path / "verification.json"
        file.write_text(json.dumps({**recorded, **change}))
        failed = failures(replace(target, expect=str(file)))
        assert failed == both("signature", f"signature 'serving_default': {sentence}")


def test_a_slow_model(target: Target, server: ModelServer) -> None:
    server.behave(delay_seconds=0.02)
    failed = failures(target, replace(QUICK, latency_milliseconds=10))
    assert [name for _, name, _ in failed] == ["latency"] * 2
    assert all("ms of 3 calls; p95 must not exceed 10 ms" in detail for *_, detail in failed)
    assert not failures(target, replace(QUICK, latency_milliseconds=60_000))


def test_grpc_is_down_and_rest_is_up(target: Target) -> None:
    (port,) = free_ports(1)
    made = checks(replace(target, grpc=f"grpc://127.0.0.1:{port}"), Limits(calls=3, timeout_seconds=2))
    assert [check.result for check in made] == [Result.PASSED] * 4 + [Result.FAILED] + [Result.NOT_CHECKED] * 3
    assert made[4].detail.startswith("no response: ")
    assert made[5].detail == "the version check failed"


def test_no_server(target: Target) -> None:
    (port,) = free_ports(1)
    (failed,) = failures(replace(target, rest=f"http://127.0.0.1:{port}", grpc=""))
    assert failed == ("http", "version", "no server: connection refused")


def test_the_command_line(target: Target, server: ModelServer, capsys: pytest.CaptureFixture[str]) -> None:
    one = ["--model", MODEL, "--version", "3", "--address", server.rest, "--grpc", server.grpc, "--calls", "3"]
    assert main([*one, "--expect", target.expect]) == 0
    assert "1 version: 8 passed, 0 failed, 0 not checked" in capsys.readouterr().out
    assert main(one) == 0
    assert "2 passed, 0 failed, 6 not checked" in capsys.readouterr().out
    server.behave(version=4)
    assert main([*one, "--expect", target.expect, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert not document["passed"]
    assert document["checks"][0]["detail"] == "version 3 is not served; the server has 4 AVAILABLE"


def test_the_address_that_the_platform_prints(server: ModelServer) -> None:
    with Client(f"{server.rest}/v1/models/{MODEL}", MODEL, retry=Retry(attempts=1)) as client:
        assert [status.version for status in client.statuses()] == [VERSION]
