"""One run of the program, or of its bare form with the same resources, measured in a separate process.

``python -m benchmarks.program_sample STACK_FILE BARE`` runs the program and writes its bare resources to the file BARE.
``python -m benchmarks.program_sample BARE`` registers those. Both print a sample as JSON. Everything is imported before
the measurement starts.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import components  # noqa: F401 - so that the program's own import of it is not measured
import settings
from benchmarks.bare_program import BareResource, built_in_kind
from inferencectl.program.recording import Recording, record, record_program

PROGRAM = Path(__file__).parent.parent / "__main__.py"
PROJECT, STACK = "inference", "bench"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The cost of one run: CPU time of all threads, and the increase of memory from the start to the peak.

    CPU time is used because other work on the machine would distort wall time, and the run waits for nothing.
    """

    resources: int
    cpu_seconds: float
    memory_kib: int


def main() -> None:
    """Measure the run selected by the arguments."""
    *stack_files, bare = map(Path, sys.argv[1:])
    sample = _of_program(stack_files[0], bare) if stack_files else _of_bare_program(bare)
    sys.stdout.write(json.dumps(asdict(sample)))


def _of_program(stack_file: Path, bare: Path) -> Sample:
    config = settings.read_stack_file(stack_file)
    sample, recording = _measure(lambda: record_program(PROGRAM, project=PROJECT, stack=STACK, config=config))
    bare.write_text(json.dumps([asdict(BareResource.of(item)) for item in recording.resources]), encoding="utf-8")
    return sample


def _of_bare_program(bare: Path) -> Sample:
    resources = [BareResource(**item) for item in json.loads(bare.read_text(encoding="utf-8"))]
    for kubernetes_type in {item.type for item in resources if item.type.startswith("kubernetes:")}:
        built_in_kind(kubernetes_type)

    def program() -> None:
        for item in resources:
            item.register()

    return _measure(lambda: record(program, project=PROJECT, stack=STACK))[0]


def _measure(run: Callable[[], Recording]) -> tuple[Sample, Recording]:
    memory, started = _memory_kib("VmRSS"), time.process_time()
    recording = run()
    seconds = time.process_time() - started
    memory = _memory_kib("VmHWM") - memory
    return Sample(resources=len(recording.resources), cpu_seconds=seconds, memory_kib=memory), recording


def _memory_kib(field: str) -> int:
    """The value reported by the kernel. getrusage would include the peak of the parent process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{field}:"))


if __name__ == "__main__":
    main()
