"""A real MLflow server as a source: what it has is listed, resolved, fetched, and imported into the registry."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from registry.cli import main
from registry.errors import BAD_INPUT, FAILED, RegistryError
from registry.mlflow_source import MlflowSource
from registry.names import Reference
from registry.verification import verify
from tests.registry.models import FILES, Bench, silent, written

START_SECONDS = 240
# Installing and starting the server takes minutes on a busy machine, once.
pytestmark = pytest.mark.timeout(1200)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def mlflow_url(mlflow_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("mlflow")
    port = free_port()
    stores = ["--backend-store-uri", f"sqlite:///{state}/mlflow.db", "--artifacts-destination", str(state / "files")]
    place = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command = [str(mlflow_python), "-m", "mlflow", "server", *stores, *place]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (state / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=state, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", server, state / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310 - the address is our own
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"the MLflow server did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def registered(mlflow_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The model `Digits classifier` with two versions, of which the first is the champion."""
    client: Any = MlflowClient(tracking_uri=mlflow_url, registry_uri=mlflow_url)
    name = "Digits classifier"
    client.create_registered_model(name)
    for accuracy in (0.981, 0.984):
        run = client.create_run("0", tags={"mlflow.source.git.commit": f"commit-{accuracy}", "mlflow.user": "ada"})
        client.log_metric(run.info.run_id, "accuracy", accuracy)
        exported = written(tmp_path_factory.mktemp("exported") / "model", weights=str(accuracy).encode())
        client.log_artifacts(run.info.run_id, str(exported), "export/saved_model")
        client.create_model_version(name, f"{run.info.artifact_uri}/export", run.info.run_id)
    client.set_registered_model_alias(name, "champion", "1")
    return name


def test_what_mlflow_has_is_listed_and_resolved(mlflow_url: str, registered: str) -> None:
    source = MlflowSource(f"mlflow+{mlflow_url}")
    assert source.models() == [registered]
    assert [(version.version, version.labels) for version in source.versions(registered)] == [
        (1, ("champion",)),
        (2, ()),
    ]
    champion = source.resolve(Reference(registered, "champion"))
    assert (champion.version, champion.metrics, champion.code_revision) == (1, {"accuracy": 0.981}, "commit-0.981")
    assert source.resolve(Reference(registered, "latest")).version == 2
    assert source.resolve(Reference(registered, 2)).metrics == {"accuracy": 0.984}
    assert champion.sha256 is None, "MLflow keeps no digests, and none is invented"


def test_what_mlflow_has_is_fetched(mlflow_url: str, registered: str, tmp_path: Path) -> None:
    source = MlflowSource(f"mlflow+{mlflow_url}")
    source.fetch(source.show(registered, 1), tmp_path / "fetched", silent)
    fetched = tmp_path / "fetched" / "saved_model"
    assert {path: (fetched / path).read_bytes() for path in FILES} == FILES
    assert (fetched / "weights").read_bytes() == b"0.981"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["fetched"]


@pytest.mark.parametrize(("name", "wanted"), [("absent", 1), ("absent", "latest"), ("Digits classifier", "absent")])
def test_what_mlflow_has_not_is_bad_input(mlflow_url: str, registered: str, name: str, wanted: int | str) -> None:
    with pytest.raises(RegistryError) as refusal:
        MlflowSource(f"mlflow+{mlflow_url}").resolve(Reference(name, wanted))
    assert refusal.value.exit_code == BAD_INPUT
    assert "\n" not in str(refusal.value)


def test_a_server_that_is_not_there_is_one_line() -> None:
    with pytest.raises(RegistryError, match="check the URL, the network") as refusal:
        MlflowSource("mlflow+http://127.0.0.1:9").models()
    assert refusal.value.exit_code == FAILED
    assert str(refusal.value).startswith("http://127.0.0.1:9: the models: Connection refused")


@pytest.fixture
def importing(
    bench: Bench, mlflow_url: str, registered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], int | str | None]:
    """Imports a folder of the champion as `digits` with the command, and returns its exit code."""
    described = tmp_path / "description.yaml"
    described.write_text(
        "{framework: tensorflow 2, dataRevision: r1, licence: MIT, dataClass: public, retentionDays: 9}"
    )
    options = {
        "--from": f"mlflow+{mlflow_url}",
        "--name": "digits",
        "--description": str(described),
        "--registry": bench.url,
        "--endpoint": bench.server.url,
        "--private-key": str(bench.keys.private),
    }
    arguments = ["registry", "import", f"{registered}@champion", *(text for each in options.items() for text in each)]

    def run(path: str) -> int | str | None:
        monkeypatch.setattr(sys, "argv", [*arguments, "--path", path])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code

    return run


@pytest.mark.parametrize("path", ["saved_modle", "/etc", "saved_model/../.."])
def test_a_folder_that_the_artifact_does_not_have_is_named_with_those_that_it_has(
    importing: Callable[[str], int | str | None], path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert importing(path) == BAD_INPUT
    wanted = f"error: --path {path}: the artifact has no such folder; name one that it has: ., saved_model, "
    assert capsys.readouterr().err.startswith(wanted)


def test_a_version_of_mlflow_is_imported_signed_and_with_its_origin(
    importing: Callable[[str], int | str | None], bench: Bench, mlflow_url: str, registered: str
) -> None:
    assert importing("saved_model") in (None, 0)
    metadata = verify(bench.store, "digits", 1, bench.verifier, silent)
    assert metadata.description.metrics == {"accuracy": 0.981}
    assert metadata.description.code_revision == "commit-0.981"
    assert metadata.description.origin == f"mlflow+{mlflow_url} {registered}@champion"
    assert bench.get("digits/1/weights") == b"0.981"
