"""One run of the program, or of a bare one with the same manifests, measured in a process of its own.

``python -m benchmarks.program_sample STACK_FILE MANIFESTS`` runs the program and writes to MANIFESTS what it registered;
``python -m benchmarks.program_sample MANIFESTS`` registers the same resources without components. Both print a sample as
JSON. Everything is imported before the measurement begins.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pulumi

import components
import settings
from sandbox.recording import Recording, record, record_program

ROOT = Path(__file__).parent.parent
PROJECT, STACK = "inference", "bench"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one run cost: CPU time of all threads, and how far the process's peak memory rose."""

    resources: int
    cpu_seconds: float
    memory_kib: int


def main() -> None:
    """Measure the run that the arguments ask for."""
    stack_file, manifests = (Path(sys.argv[1]) if len(sys.argv) > 2 else None), Path(sys.argv[-1])
    if stack_file:
        config = settings.read_stack_file(stack_file)
        sample, recording = _measure(
            lambda: record_program(ROOT / "__main__.py", project=PROJECT, stack=STACK, config=config)
        )
        registered = [(item.type, item.name, item.inputs) for item in recording.resources]
        manifests.write_text(json.dumps(registered), encoding="utf-8")
    else:
        registered = json.loads(manifests.read_text(encoding="utf-8"))
        sample, _ = _measure(lambda: record(lambda: _register(registered), project=PROJECT, stack=STACK))
    sys.stdout.write(json.dumps(asdict(sample)))


def _measure(run: Callable[[], Recording]) -> tuple[Sample, Recording]:
    assert components.__all__, "the components are imported before the measurement"
    memory, started = _peak_kib(), time.process_time()
    recording = run()
    seconds = time.process_time() - started
    sample = Sample(resources=len(recording.resources), cpu_seconds=seconds, memory_kib=_peak_kib() - memory)
    return sample, recording


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _register(registered: list[tuple[str, str, Mapping[str, Any]]]) -> None:
    for kind, name, inputs in registered:
        pulumi.CustomResource(kind, name, dict(inputs))


if __name__ == "__main__":
    main()
