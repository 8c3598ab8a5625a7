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

MODELS = 1000
STACK = "dev"
SHARE = 0.2


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Compare the CPU time of the pack and of Checkov for 1,000 models, including all processes that each starts."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        progress(f"program run for {MODELS:,} models")
        recording = _recorded(directory)
        resources, manifests = directory / "resources.json", directory / "manifests"
        resources.write_text(json.dumps([asdict(each) for each in recording.resources]), encoding="utf-8")
        objects = len(render_files(recording, manifests))
        progress(f"the policy pack over {objects:,} objects")
        pack = _cpu_seconds(lambda: _judge(resources))
        progress(f"Checkov over {objects:,} objects")
        checkov = _cpu_seconds(lambda: scan(CHECKOV, manifests))
    yield Figure(
        name=f"CPU time of the policy pack compared to Checkov, {MODELS:,} models",
        value=pack / checkov,
        bound=SHARE,
        unit="x",
        detail=f"{pack:.0f} compared to {checkov:.0f} s for {objects:,} objects, whole processes",
    )


def _recorded(directory: Path) -> Recording:
    stack_file = directory / f"Pulumi.{STACK}.yaml"
    stack_file.write_text(yaml.safe_dump(stack_of(MODELS)), encoding="utf-8")
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
