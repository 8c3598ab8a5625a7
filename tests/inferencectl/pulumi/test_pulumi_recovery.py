"""Recovery from a killed run of the engine that calls `pulumi`, with a stand-in for the executable."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.pulumi.workspace import PulumiWorkspace
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.workspace.errors import FAILED
from inferencectl.workspace.project import Project
from tests.inferencectl.deployer.manifests import config_map
from tests.inferencectl.pulumi.stand_in import MODEL, StandIn, ignore, refusal
from tests.inferencectl.rest import Rest, config_maps


def test_the_lock_of_a_killed_run_is_released(
    pulumi_engine: PulumiEngine, pulumi: StandIn, small_project: Project
) -> None:
    lock(small_project, process_id=ended_process())
    pulumi_engine.up(ignore, ())
    assert pulumi.operations == ["cancel", "up"]


def test_the_lock_of_a_running_pulumi_is_respected(
    pulumi_engine: PulumiEngine, pulumi: StandIn, small_project: Project, running_pulumi: int
) -> None:
    lock(small_project, process_id=running_pulumi)
    error = refusal(pulumi_engine)
    assert error.exit_code == FAILED
    assert f"process {running_pulumi}" in error.message
    assert pulumi.operations == []


def test_a_process_id_that_another_program_reuses_holds_no_lock(
    pulumi_engine: PulumiEngine, pulumi: StandIn, small_project: Project
) -> None:
    lock(small_project, process_id=os.getpid())
    pulumi_engine.up(ignore, ())
    assert pulumi.operations == ["cancel", "up"]


def test_the_plugins_of_a_killed_run_are_ended(
    pulumi_engine: PulumiEngine, small_project: Project, tmp_path: Path
) -> None:
    home = PulumiWorkspace(project=small_project, stack="dev").home
    lock(small_project, process_id=ended_process())
    with (
        sleeper(tmp_path, "pulumi-resource-x", home) as left,
        sleeper(tmp_path, "pulumi-resource-y", tmp_path) as other,
    ):
        pulumi_engine.up(ignore, ())
        assert left.wait(timeout=60) == -signal.SIGKILL
        assert other.poll() is None


@pytest.fixture
def interrupted(pulumi: StandIn, namespace: str, rest: Rest) -> dict[str, Any]:
    """A state as a killed run leaves it, with one object that it had created; returns what is to stand for that."""
    begun, others, never_sent, finished = (
        config_map(namespace, name).manifest for name in ("begun", "of-another-client", "never-sent", "finished")
    )
    rest.post(f"{config_maps(namespace)}?fieldManager=pulumi-kubernetes-1a2b", begun)
    rest.post(config_maps(namespace), others)
    rest.post(config_maps(namespace), finished)
    known = {"urn": f"{MODEL}-finished", "type": "kubernetes:core/v1:ConfigMap", "inputs": finished}
    pending = [
        {"type": "creating", "resource": {"urn": f"{MODEL}-begun", "inputs": begun}},
        {"type": "creating", "resource": {"urn": f"{MODEL}-others", "inputs": others}},
        {"type": "creating", "resource": {"urn": f"{MODEL}-never", "inputs": never_sent}},
        {"type": "creating", "resource": {"urn": f"{MODEL}-x", "inputs": {**begun, "apiVersion": "unknown/v1"}}},
        {"type": "creating", "resource": {"urn": f"{MODEL}-p", "inputs": {"context": "a provider, not an object"}}},
        {"type": "creating", "resource": {"urn": f"{MODEL}-component"}},
        {"type": "updating", "resource": known},
    ]
    deployment = {"resources": [known], "pending_operations": pending}
    pulumi.answer(stack_export={"stdout": json.dumps({"version": 3, "deployment": deployment})})
    adopted = {"urn": f"{MODEL}-begun", "inputs": begun, "id": f"{namespace}/begun"}
    return {"version": 3, "deployment": {"resources": [known, adopted], "pending_operations": []}}


@pytest.fixture
def engine(small_project: Project, control_plane: Cluster) -> PulumiEngine:
    return PulumiEngine(project=small_project, stack="dev", kubeconfig=control_plane.kubeconfig)


@pytest.mark.parametrize(("command", "operations"), [("up", ["refresh", "up"]), ("recover", ["refresh"])])
def test_what_a_killed_run_had_created_is_adopted_and_the_rest_forgotten(
    engine: PulumiEngine, pulumi: StandIn, interrupted: Mapping[str, Any], command: str, operations: list[str]
) -> None:
    said: list[str] = []
    if command == "up":
        engine.up(said.append, ())
    else:
        engine.recover(said.append)
    assert pulumi.operations == operations
    assert pulumi.imported == interrupted
    assert said[0] == (
        "an earlier run was interrupted: of 7 unfinished operations, 1 had created an object, which is adopted"
    )


def test_there_is_nothing_to_recover_where_no_run_was_interrupted(pulumi_engine: PulumiEngine, pulumi: StandIn) -> None:
    said: list[str] = []
    assert not pulumi_engine.recover(said.append)
    assert pulumi.operations == []
    assert said == []


def test_a_lock_alone_is_something_to_recover(
    pulumi_engine: PulumiEngine, pulumi: StandIn, small_project: Project
) -> None:
    lock(small_project, process_id=ended_process())
    assert pulumi_engine.recover(ignore)
    assert pulumi.operations == ["cancel"]


def lock(small_project: Project, process_id: int) -> None:
    """Lock the stack as Pulumi's file backend does."""
    folder = (
        PulumiWorkspace(project=small_project, stack="dev").directory
        / "state"
        / ".pulumi"
        / "locks"
        / "organization"
        / small_project.name
        / "dev"
    )
    folder.mkdir(parents=True)
    (folder / "6f1c.json").write_text(json.dumps({"pid": process_id, "username": "user", "hostname": "host"}))


def ended_process() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@pytest.fixture
def running_pulumi(tmp_path: Path) -> Iterator[int]:
    with sleeper(tmp_path, "pulumi", tmp_path) as process:
        yield process.pid


@contextmanager
def sleeper(folder: Path, name: str, pulumi_home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running process called ``name`` that belongs to a Pulumi with that home."""
    executable = folder / "running" / name
    executable.parent.mkdir(exist_ok=True)
    shutil.copy("/bin/sleep", executable)
    with subprocess.Popen([executable, "300"], env={"PULUMI_HOME": str(pulumi_home)}) as process:
        try:
            yield process
        finally:
            process.kill()
