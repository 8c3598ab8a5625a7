"""Recovery from a killed run of the engine that calls `pulumi`, with a stand-in for the executable."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    pulumi_engine.up(ignore)
    assert pulumi.operations == ["cancel", "preview", "up"]


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
    pulumi_engine.up(ignore)
    assert pulumi.operations == ["cancel", "preview", "up"]


def test_the_plugins_of_a_killed_run_are_ended(
    pulumi_engine: PulumiEngine, small_project: Project, tmp_path: Path
) -> None:
    home = PulumiWorkspace(project=small_project, stack="dev").home
    lock(small_project, process_id=ended_process())
    with (
        sleeper(tmp_path, "pulumi-resource-x", home) as left,
        sleeper(tmp_path, "pulumi-resource-y", tmp_path) as other,
    ):
        pulumi_engine.up(ignore)
        assert left.wait(timeout=60) == -signal.SIGKILL
        assert other.poll() is None


def test_what_a_killed_run_had_started_to_create_is_deleted_first(
    pulumi: StandIn, small_project: Project, control_plane: Cluster, namespace: str, rest: Rest
) -> None:
    names = ("begun", "never-sent", "finished")
    begun, never_sent, finished = (config_map(namespace, name).manifest for name in names)
    rest.post(config_maps(namespace), begun)
    rest.post(config_maps(namespace), finished)
    pending = [
        {"type": "creating", "resource": {"urn": MODEL, "inputs": begun}},
        {"type": "creating", "resource": {"urn": MODEL, "inputs": never_sent}},
        {"type": "creating", "resource": {"urn": MODEL, "inputs": {**begun, "apiVersion": "unknown/v1"}}},
        {"type": "creating", "resource": {"urn": MODEL, "inputs": {"context": "a provider, not an object"}}},
        {"type": "updating", "resource": {"urn": MODEL, "inputs": finished}},
    ]
    pulumi.answer(stack_export={"stdout": json.dumps({"version": 3, "deployment": {"pending_operations": pending}})})
    said: list[str] = []
    PulumiEngine(project=small_project, stack="dev", kubeconfig=control_plane.kubeconfig).up(said.append)
    assert rest.items(config_maps(namespace)).keys() == {"finished"}
    assert pulumi.operations == ["refresh", "preview", "up"]
    assert "--clear-pending-creates" in pulumi.arguments("refresh")
    assert "interrupted" in said[0]


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
