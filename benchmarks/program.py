"""Does the program's cost grow linearly with its resources, and what do the components add to bare resources?

The best of several runs is compared, because other work on the machine can only make a run slower.
"""

import itertools
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from benchmarks.figure import Figure
from benchmarks.program_sample import PROGRAM, Sample

# The same number of runs for each size, as the best of more runs is lower.
ROUNDS = 5
SIZES = (10, 100, 1000)
FLAT = 1.15
OVER_BARE = 1.25
_AMPLE_QUOTA = {"cpu": "1M", "memory": "100Pi", "storage": "100Pi", "gpus": 0, "pods": 1_000_000}

Samples = Mapping[int, list[Sample]]


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Run the program alternately with its bare form, for 10, 100 and 1,000 models."""
    with TemporaryDirectory() as directory:
        samples, bare_samples = _samples(Path(directory), progress)
    yield _growth("CPU time per resource, 1,000 models compared to 100", samples, _cpu_milliseconds, "ms")
    yield _growth("memory per resource, 1,000 models compared to 100", samples, _kibibytes, "KiB")
    for models in (100, 1000):
        ours, bare = (_best(of[models], _cpu_milliseconds) for of in (samples, bare_samples))
        yield Figure(
            name=f"CPU time compared to bare resources, {models:,} models",
            value=ours / bare,
            bound=OVER_BARE,
            unit="x",
            detail=f"{ours:.2f} compared to {bare:.2f} ms per resource, {samples[models][0].resources:,} resources",
        )


def _samples(directory: Path, progress: Callable[[str], None]) -> tuple[Samples, Samples]:
    samples: dict[int, list[Sample]] = defaultdict(list)
    bare_samples: dict[int, list[Sample]] = defaultdict(list)
    bare = directory / "bare.json"
    for round_number, models in itertools.product(range(1, ROUNDS + 1), SIZES):
        progress(f"program run for {models:,} models, round {round_number} of {ROUNDS}")
        stack_file = directory / f"Pulumi.models-{models}.yaml"
        stack_file.write_text(yaml.safe_dump(stack_of(models)), encoding="utf-8")
        samples[models].append(_sample(stack_file, bare))
        bare_samples[models].append(_sample(bare))
    return samples, bare_samples


def _sample(*files: Path) -> Sample:
    command = [sys.executable, "-m", "benchmarks.program_sample", *map(str, files)]
    printed = subprocess.run(command, cwd=PROGRAM.parent, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Sample(**json.loads(printed))


def stack_of(models: int) -> dict[str, Any]:
    """The dev stack with its models repeated under other names."""
    stack = yaml.safe_load((PROGRAM.parent / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    platform = stack["config"]["inference:platform"]
    originals = platform["models"]
    platform["quota"] = _AMPLE_QUOTA
    platform["models"] = [
        {**original, "name": f"{original['name']}-{number}"}
        for number, original in ((number, originals[number % len(originals)]) for number in range(models))
    ]
    return stack


def _growth(name: str, samples: Samples, cost: Callable[[Sample], float], unit: str) -> Figure:
    per_resource = {models: _best(of, cost) for models, of in samples.items()}
    detail = ", ".join(f"{value:.2f} {unit} for {models:,}" for models, value in per_resource.items())
    return Figure(name=name, value=per_resource[1000] / per_resource[100], bound=FLAT, unit="x", detail=detail)


def _cpu_milliseconds(sample: Sample) -> float:
    return 1000 * sample.cpu_seconds / sample.resources


def _kibibytes(sample: Sample) -> float:
    return sample.memory_kib / sample.resources


def _best(samples: list[Sample], cost: Callable[[Sample], float]) -> float:
    return min(map(cost, samples))
