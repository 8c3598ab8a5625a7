"""Is the policy pack faster than a general scanner for the same objects? Both are measured as whole processes."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

import settings
from benchmarks.figure import Figure
from benchmarks.program import stack_of
from inferencectl.deployer.rendering import render_files
from inferencectl.policy_check.scanner import CHECKOV, PROJECT, scan
from inferencectl.program.recording import Recording, record_program

STACK = "dev"
# Of Checkov's CPU time, by the number of models: it relates every object to every other.
SHARES = {5: 0.35, 100: 0.45, 1000: 0.2}


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Compare the CPU time of the pack and of Checkov, including all processes that each starts."""
    for models, share in SHARES.items():
        with TemporaryDirectory() as name:
            yield _figure(Path(name), models, share, progress)


def _figure(directory: Path, models: int, share: float, progress: Callable[[str], None]) -> Figure:
    progress(f"program run for {models:,} models")
    recording = _recorded(directory, models)
    resources, manifests = directory / "resources.json", directory / "manifests"
    resources.write_text(json.dumps([asdict(each) for each in recording.resources]), encoding="utf-8")
    objects = len(render_files(recording, manifests))
    progress(f"the policy pack over {objects:,} objects")
    pack = _cpu_seconds(lambda: _judge(resources))
    progress(f"Checkov over {objects:,} objects")
    checkov = _cpu_seconds(lambda: scan(CHECKOV, manifests))
    return Figure(
        name=f"CPU time of the policy pack compared to Checkov, {objects:,} objects",
        value=pack / checkov,
        bound=share,
        unit="x",
        detail=f"{pack:.1f} compared to {checkov:.1f} s, whole processes",
    )


def _recorded(directory: Path, models: int) -> Recording:
    stack_file = directory / f"Pulumi.{STACK}.yaml"
    stack_file.write_text(yaml.safe_dump(stack_of(models)), encoding="utf-8")
    config = settings.read_stack_file(stack_file)
    return record_program(PROJECT.program, project=PROJECT.name, stack=STACK, config=config)


def _judge(resources: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.scanner_sample", str(resources), STACK]
    subprocess.run(command, cwd=PROJECT.root, check=True)


def _cpu_seconds(run: Callable[[], object]) -> float:
    """The CPU time of the processes that ``run`` starts and waits for, including their children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
