"""What do the components add to a preview by the real Pulumi, compared to the same resources without them?

It runs where `pulumi` and its Kubernetes provider are on the PATH, and is left out elsewhere. CPU time of Pulumi, its
plug-ins and the program together is compared, the best of several rounds, because other work distorts wall time.
"""

import json
import os
import resource
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

import settings
from benchmarks.bare_program import BareResource
from benchmarks.figure import Figure
from benchmarks.program import stack_of
from inferencectl.program.recording import Recording, record_program
from inferencectl.pulumi.executable import find_pulumi
from inferencectl.pulumi.workspace import PulumiWorkspace
from inferencectl.sandbox.control_plane import CONTEXT, ControlPlane
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.workspace.project import Project

ROOT = Path(__file__).parent.parent
ROUNDS = 3
MODELS = 75
LIMIT = 1.10
STACK = "bench"
_PARTS = ("__main__.py", "versions.py", "images.lock", "components", "settings")
_BARE = """\
import json, sys
sys.path.insert(0, {root!r})
from benchmarks.bare_program import BareResource
for item in json.load(open({resources!r}, encoding="utf-8")):
    BareResource(**item).register()
"""


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Preview a new stack alternately with its bare form."""
    if find_pulumi() is None:
        progress("no pulumi on the PATH: its preview is not measured")
        return
    with TemporaryDirectory() as directory:
        tools = toolchain.ensure(progress)
        with ControlPlane(Path(directory, "control-plane"), tools).disposable(progress) as cluster:
            yield _compare(Path(directory), cluster.kubeconfig, progress)


def _compare(directory: Path, kubeconfig: Path, progress: Callable[[str], None]) -> Figure:
    ours, recording = _program(directory / "ours")
    projects = {"ours": ours, "bare": _bare_program(directory / "bare", recording)}
    seconds: dict[str, list[float]] = defaultdict(list)
    for number in range(ROUNDS):
        for name, project in projects.items():
            progress(f"preview of {len(recording.resources)} resources, {name}, round {number + 1} of {ROUNDS}")
            seconds[name].append(_cpu_seconds_of_preview(project, kubeconfig))
    best = {name: min(each) for name, each in seconds.items()}
    return Figure(
        name=f"CPU time of Pulumi's preview compared to bare resources, {len(recording.resources)} resources",
        value=best["ours"] / best["bare"],
        bound=LIMIT,
        unit="x",
        detail=f"{best['ours']:.1f} compared to {best['bare']:.1f} s, best of {ROUNDS} each",
    )


def _program(root: Path) -> tuple[Project, Recording]:
    """The program with a large stack, and what it registers."""
    stack: dict[str, Any] = stack_of(MODELS)
    stack["config"]["inference:platform"]["cluster"]["context"] = CONTEXT
    project = _project(root, stack)
    for part in _PARTS:
        (root / part).symlink_to(ROOT / part)
    config = settings.read_stack_file(project.stack_file(STACK))
    return project, record_program(project.program, project=project.name, stack=STACK, config=config)


def _bare_program(root: Path, recording: Recording) -> Project:
    project = _project(root, {"config": {}})
    bare = [asdict(BareResource.of(item)) for item in recording.resources if item.custom]
    resources = root / "resources.json"
    resources.write_text(json.dumps(bare), encoding="utf-8")
    project.program.write_text(_BARE.format(root=str(ROOT), resources=str(resources)), encoding="utf-8")
    return project


def _project(root: Path, stack: object) -> Project:
    root.mkdir()
    project = Project(root)
    shutil.copy(ROOT / "Pulumi.yaml", root)
    project.stack_file(STACK).write_text(yaml.safe_dump(stack), encoding="utf-8")
    return project


def _cpu_seconds_of_preview(project: Project, kubeconfig: Path) -> float:
    workspace = PulumiWorkspace(project=project, stack=STACK)
    workspace.write()
    variables = {**os.environ, **workspace.environment(kubeconfig)}

    def pulumi(*arguments: str) -> None:
        command = ["pulumi", "--non-interactive", *arguments, "--stack", STACK]
        subprocess.run(command, cwd=workspace.directory, env=variables, check=True, stdout=subprocess.DEVNULL)

    pulumi("stack", "select", "--create")
    before = _children()
    pulumi("preview")
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
