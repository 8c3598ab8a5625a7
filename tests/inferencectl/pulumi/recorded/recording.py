"""Runs the program with the real Pulumi and returns what it tells; `record` keeps that for other machines."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from inferencectl.pulumi.executable import find_pulumi
from inferencectl.pulumi.workspace import PulumiWorkspace
from inferencectl.workspace.project import Project
from tests.inferencectl.pulumi.recorded import FOLDER, NAMESPACE
from tests.inferencectl.rest import Rest, config_maps

STACK = "trial"
VERSION = FOLDER / "version.txt"
"""Of the Pulumi that has written the recorded events."""
_TOLD = ("resourcePreEvent", "resOutputsEvent", "summaryEvent")


class Scenario:
    """The program, deployed as it was `before` and then changed, with what another client does in between."""

    def __init__(self, root: Path, kubeconfig: Path, namespace: str) -> None:
        self._project = Project(root)
        self._namespace = namespace
        self.kubeconfig = kubeconfig
        self._workspace = PulumiWorkspace(project=self._project, stack=STACK)
        root.mkdir()
        shutil.copy(FOLDER / "program.py", root / "__main__.py")
        runtime = {"name": "python", "options": {"virtualenv": ".venv"}}
        _write(root / "Pulumi.yaml", {"name": "scenario", "runtime": runtime})

    def run(self, rest: Rest) -> Mapping[str, list[dict[str, Any]]]:
        """The events of each operation by its name."""
        self._configure(after=False)
        self._pulumi("stack", "init", STACK)
        first = self._events("up", "--yes", "--skip-preview")
        maps = config_maps(self._namespace)
        rest.merge(f"{maps}/drifted", {"data": {"key": "changed by another client"}})
        rest.delete(f"{maps}/lost")
        self._configure(after=True)
        return {
            "first-up": first,
            "second-preview": self._events("preview", "--refresh"),
            "second-up": self._events("up", "--refresh", "--yes", "--skip-preview"),
            "third-preview": self._events("preview", "--refresh"),
        }

    def destroy(self) -> None:
        self._pulumi("destroy", "--yes", "--skip-preview", "--stack", STACK)

    @property
    def version(self) -> str:
        """Of the Pulumi that runs it."""
        return self._pulumi("version").strip()

    def _configure(self, *, after: bool) -> None:
        values = {"scenario:after": after, "scenario:namespace": self._namespace}
        _write(self._project.stack_file(STACK), {"config": values})
        self._workspace.write()

    def _events(self, *arguments: str) -> list[dict[str, Any]]:
        log = self._workspace.directory / "events"
        log.unlink(missing_ok=True)
        self._pulumi(*arguments, "--stack", STACK, "--event-log", str(log))
        return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]

    def _pulumi(self, *arguments: str) -> str:
        executable = find_pulumi()
        assert executable
        done = subprocess.run(
            [executable, "--non-interactive", *arguments],
            cwd=self._workspace.directory,
            env={**os.environ, **self._workspace.environment(self.kubeconfig), "PULUMI_DEBUG_COMMANDS": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def record(scenario: Scenario, told: Mapping[str, list[dict[str, Any]]], namespace: str) -> None:
    """Keep the events, without what nobody reads: the state that the API server has given each object."""
    VERSION.write_text(f"{scenario.version}\n", encoding="utf-8")
    for name, events in told.items():
        text = "".join(f"{json.dumps(event)}\n" for event in _relevant(events))
        text = text.replace(namespace, NAMESPACE).replace(str(scenario.kubeconfig), "kubeconfig")
        (FOLDER / f"{name}.jsonl").write_text(text, encoding="utf-8")


def _relevant(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for event in events:
        for kind in filter(event.__contains__, _TOLD):
            step = event[kind].get("metadata", {})
            for state in filter(None, (step.get("old"), step.get("new"))):
                state.pop("outputs", None)
            yield {"sequence": event["sequence"], "timestamp": 0, kind: event[kind]}


def _write(file: Path, content: object) -> None:
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
