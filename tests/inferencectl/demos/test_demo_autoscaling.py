"""The demonstration of autoscaling, shortened: the same code, no longer in a phase than the platform needs for it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from inferencectl.demos.autoscaling.command import show_autoscaling
from inferencectl.demos.autoscaling.phase import PHASES
from inferencectl.sandbox import processes
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.project import Project
from tests.inferencectl.checkout import Checkout
from tests.waiting import soon

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.slow("the demonstration has six phases, each of which waits for autoscalers and nodes"),
]


@pytest.fixture(scope="module")
def controllers(tools: Toolchain) -> None:
    """KEDA, Prometheus and Karpenter; conftest.py builds them."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Checkout.copied_to(tmp_path_factory.mktemp("demo")).project


@pytest.fixture(scope="module")
def output(controllers: None, project: Project) -> Path:
    directory = project.root / "shown"
    show_autoscaling(project, directory, hold_seconds=0)
    return directory


@pytest.fixture(scope="module")
def written(output: Path) -> Mapping[str, Any]:
    return json.loads((output / "autoscaling.json").read_text())


def _samples(written: Mapping[str, Any], phase: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [sample for sample in written["samples"] if phase["begin"] <= sample["seconds"] <= phase["end"]]


def test_replicas_and_nodes_follow_the_load(written: Mapping[str, Any]) -> None:
    ends = {phase["name"]: _samples(written, phase)[-1] for phase in written["phases"]}
    found = {name: (end["requests_per_second"], end["ready"], end["nodes"]) for name, end in ends.items()}
    assert found == {phase.name: (phase.requests_per_second, phase.replicas, phase.replicas) for phase in PHASES}


def test_no_replica_goes_while_nobody_measures(written: Mapping[str, Any]) -> None:
    (away,) = (phase for phase in written["phases"] if not phase["is_measured"])
    seen = _samples(written, away)
    assert min(sample["ready"] for sample in seen) == seen[0]["ready"]


def test_the_picture_shows_what_was_seen(written: Mapping[str, Any], output: Path) -> None:
    drawn = ElementTree.parse(output / "autoscaling.svg")  # noqa: S314 - made here
    lines = {
        each.get("class", ""): each.get("points", "").split()
        for each in drawn.iter("{http://www.w3.org/2000/svg}polyline")
    }
    for name, key in {"load": "requests_per_second", "wanted": "wanted", "ready": "ready", "nodes": "nodes"}.items():
        values = [sample[key] for sample in written["samples"]]
        changes = sum(before != after for before, after in pairwise(values))
        assert changes
        assert len(lines[name]) == 2 + 2 * changes


def test_nothing_of_it_is_left(output: Path, project: Project) -> None:
    assert not project.cluster_directory("demo-autoscaling").exists()


@pytest.fixture
def started(controllers: None, project: Project) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "inferencectl", "demo-autoscaling", "--output", str(project.root / "interrupted")]
    with subprocess.Popen(command, cwd=project.root, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_an_interruption_leaves_nothing_either(started: subprocess.Popen[str], project: Project) -> None:
    directory = project.cluster_directory("demo-autoscaling")
    soon(lambda: (directory / "kubeconfig").exists() and processes.running(directory), "it has begun")
    started.send_signal(signal.SIGINT)
    _, reported = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "interrupted" in reported
    assert "Traceback" not in reported
    assert not directory.exists()
    assert not processes.running(directory)
