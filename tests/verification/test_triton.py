"""The client and the checks in the open inference protocol, against Triton itself."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components import ModelVerificationArgs
from components.model_verification import manifests
from settings import Verification
from tests.components.models import TOOLS_IMAGE, service_args
from tests.runtimes.processes import Place
from tests.runtimes.triton_process import placed, served, started
from tests.waiting import soon
from verification import Client, RefusedError, ServingProtocol, TensorForm, VersionStatus
from verification.checks.checks import Check, Limits, Result, verify
from verification.checks.target import Target, read_targets
from verification.cli import main

HERE = Path(__file__).parent
QUICK = Limits(calls=3)
RECORDED = {
    "schema": 1,
    "signature": "serving_default",
    "inputs": {"x": [[1.0, 2.0], [3.0, 0.5]]},
    "outputs": {"y": [[2.0, 4.0], [6.0, 1.0]]},
    "tolerance": 1e-4,
}
VALUES: dict[str, list[Any]] = {
    "BOOL": [True, False],
    "FP64": [1e-300, -2.5],
    "FP32": [0.5, -1.25],
    "BYTES": ["", "größer"],
    **{f"INT{bits}": [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": [0, 2**bits - 1] for bits in (8, 16, 32, 64)},
}


@pytest.fixture(scope="module")
def running(triton_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Path]]:
    """Triton with version 7, and the version's folder; version 8 lies beside it and is not served."""
    place, folder = placed(tmp_path_factory.mktemp("triton"), served())
    shutil.copytree(folder, folder.with_name("8"))
    (folder / "assets.extra" / "verification.json").write_text(json.dumps(RECORDED))
    with started(triton_python, place):
        soon(place.ready, "the model is loaded")
        yield place, folder


@pytest.fixture
def target(running: tuple[Place, Path]) -> Target:
    place, folder = running
    return target_of(place, str(folder / "assets.extra" / "verification.json"))


def target_of(place: Place, expect: str = "") -> Target:
    """What the stack's CronJob asks of the model, at the place instead of its Service."""
    verification = Verification(schedule="0 0 1 1 *", image=TOOLS_IMAGE)
    made = manifests.config_map("v", ModelVerificationArgs.of(verification, [service_args(served())])).data
    assert isinstance(made, dict)
    (target,) = read_targets(str(made["targets.json"]), "targets.json")
    rest = target.rest.replace("digits-v7:8000", f"127.0.0.1:{place.ports[8000]}")
    grpc = target.grpc.replace("digits-v7:8001", f"127.0.0.1:{place.ports[8001]}")
    return replace(target, rest=rest, grpc=grpc, expect=expect)


@pytest.fixture(params=["rest", "grpc"])
def client(request: pytest.FixtureRequest, target: Target) -> Iterator[Client]:
    address = getattr(target, request.param)
    with Client(address, "digits", version=7, protocol=ServingProtocol.OPEN_INFERENCE) as made:
        yield made


def failures(target: Target) -> list[tuple[str, str, str]]:
    """The failed checks: the scheme of the address, the name and the details."""
    return [(each.address[:4], each.name, each.detail) for each in checks(target) if each.result is Result.FAILED]


def checks(target: Target) -> list[Check]:
    return list(verify(target, QUICK))


def both(name: str, detail: str) -> list[tuple[str, str, str]]:
    return [("http", name, detail), ("grpc", name, detail)]


def test_everything_passes_on_the_version_that_was_published(target: Target) -> None:
    made = checks(target)
    assert [(check.address[:4], check.name) for check in made] == [
        (scheme, name) for scheme in ("http", "grpc") for name in ("version", "signature", "prediction", "latency")
    ]
    assert {check.result for check in made} == {Result.PASSED}, failures(target)


def test_another_version(target: Target) -> None:
    assert failures(replace(target, version=8)) == both(
        "version", "version 8 is not served; the server has 7 AVAILABLE"
    )


def test_a_model_that_computes_something_else(target: Target, running: tuple[Place, Path]) -> None:
    factor = running[1] / "factor"
    factor.write_text("3")
    try:
        failed = failures(target)
    finally:
        factor.unlink()
    assert failed == both("prediction", "output 'y', row 0, column 0: 3.0, expected 2.0 ± 0.0001; and 3 more")


def test_a_model_that_could_not_be_loaded(triton_python: Path, tmp_path: Path) -> None:
    place, folder = placed(tmp_path, served())
    (folder / "model.py").write_text("broken", encoding="utf-8")
    kept = tuple(each.replace("exit-on-error=true", "exit-on-error=false") for each in place.server.arguments)
    place = replace(place, server=replace(place.server, arguments=kept))
    with started(triton_python, place):
        soon(lambda: place.succeeds(place.server.probes.liveness), "the server answers")
        failed = failures(target_of(place))
    assert [(scheme, name) for scheme, name, _ in failed] == [("http", "version"), ("grpc", "version")]
    for *_, detail in failed:
        assert "unknown model: 'digits' has no available versions" in detail


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"inputs": {"z": [[1.0, 2.0], [3.0, 4.0]]}}, "inputs x; the recording has z"),
        ({"outputs": {"y": [[1.0], [2.0]]}}, "output 'y' has shape (-1, 2); the recording has (2, 1)"),
    ],
)
def test_another_signature(target: Target, tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    file = tmp_path / "verification.json"
    file.write_text(json.dumps({**RECORDED, **change}))
    failed = failures(replace(target, expect=str(file)))
    assert failed == both("signature", f"signature 'serving_default': {sentence}")


def test_what_the_model_is(client: Client) -> None:
    assert client.statuses() == (VersionStatus(version=7, state="AVAILABLE"),)
    form = client.signatures()["serving_default"]
    assert form.inputs == {"x": TensorForm(data_type="FP32", shape=(-1, 2))}
    assert form.outputs == {"y": TensorForm(data_type="FP32", shape=(-1, 2))}


def test_the_newest_version_is_asked_where_none_is_named(target: Target) -> None:
    for address in (f"{target.rest}/v2/models/digits", target.grpc):
        with Client(address, "digits", protocol=ServingProtocol.OPEN_INFERENCE) as client:
            assert client.predict({"x": [[1.0, 2.0]]}) == {"y": [[2.0, 4.0]]}


def test_a_server_that_is_asked_in_the_other_protocol_refuses(target: Target) -> None:
    failed = failures(replace(target, protocol=ServingProtocol.TENSORFLOW_SERVING))
    assert [(scheme, name) for scheme, name, _ in failed] == [("http", "version"), ("grpc", "version")]
    assert failed[0][2].startswith("404 from /v1/models/digits")
    assert failed[1][2].startswith("UNIMPLEMENTED from /tensorflow.serving.ModelService/GetModelStatus")


def test_the_command_line(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    one = ["--model", "digits", "--version", "7", "--address", target.rest, "--grpc", target.grpc, "--calls", "3"]
    assert main([*one, "--expect", target.expect, "--protocol", "open-inference"]) == 0
    assert "1 version: 8 passed, 0 failed, 0 not checked" in capsys.readouterr().out


@contextmanager
def echo(python: Path, root: Path, values: dict[str, list[Any]], scheme: str) -> Iterator[Client]:
    """A client of a model that answers ``values`` as it was sent them."""
    place, folder = placed(root, served(batching=None), HERE / "echo_model.py")
    (folder / "types").write_text(" ".join(values))
    with started(python, place):
        soon(place.ready, "the model is loaded")
        address = getattr(target_of(place), scheme)
        with Client(address, "digits", version=7, protocol=ServingProtocol.OPEN_INFERENCE) as client:
            yield client


@pytest.mark.parametrize(("scheme", "values"), [("rest", VALUES), ("grpc", {**VALUES, "FP16": [0.5, -1.25]})])
def test_values_of_every_type_come_back_as_they_were_sent(
    triton_python: Path, tmp_path: Path, scheme: str, values: dict[str, list[Any]]
) -> None:
    with echo(triton_python, tmp_path, values, scheme) as client:
        answer = client.predict({f"in_{name}": sent for name, sent in values.items()})
        assert answer == {f"out_{name}": sent for name, sent in values.items()}


@pytest.mark.parametrize("data_type", ["FP16", "BF16"])
def test_short_floats_do_not_go_over_rest(triton_python: Path, tmp_path: Path, data_type: str) -> None:
    refused = pytest.raises(RefusedError, match=f"{data_type} data via JSON")
    with echo(triton_python, tmp_path, {data_type: []}, "rest") as client, refused:
        client.predict({f"in_{data_type}": [0.5]})
