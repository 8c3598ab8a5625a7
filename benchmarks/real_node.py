"""What does a real node add to a sandbox: to its start, to its end, and in memory?

The same control plane is started and deleted with simulated nodes alone and with a real node beside them, alternately;
everything is built and cached. The best times are compared, because other work on the machine can only make a run
slower. The node counts as started when it is Ready and its name server answers.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.figure import Figure
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.nodes import SIMULATED, Nodes, with_real_node
from inferencectl.sandbox.toolchain import toolchain

ROUNDS = 3
START_LIMIT = 2.5
END_LIMIT_SECONDS = 10.0
MEMORY_LIMIT_MIB = 600.0
MIB = 1024 * 1024


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Start and delete sandboxes of both kinds alternately."""
    with TemporaryDirectory() as directory:
        kinds = {"simulated": SIMULATED, "real": with_real_node(Path(directory), progress)}
        starts: dict[str, list[float]] = {kind: [] for kind in kinds}
        ends: list[float] = []
        memory: list[float] = []
        for number in range(ROUNDS):
            for kind, nodes in kinds.items():
                progress(f"a sandbox with {kind} nodes, round {number + 1} of {ROUNDS}")
                started, ended, mib = _trial(Path(directory, kind), nodes)
                starts[kind].append(started)
                if nodes.real is not None:
                    ends.append(ended)
                    memory.append(mib)
    best, floor = min(starts["real"]), min(starts["simulated"])
    detail = f"{best:.1f} s compared to {floor:.1f} s, best of {ROUNDS} each"
    yield Figure(
        name="start with a real node, compared to none", value=best / floor, bound=START_LIMIT, unit="x", detail=detail
    )
    detail = f"of the whole sandbox, best of {ROUNDS}"
    yield Figure(name="deletion with a real node", value=min(ends), bound=END_LIMIT_SECONDS, unit="s", detail=detail)
    detail = "proportional set sizes of all processes in the node, CoreDNS among them, and of the bridge"
    yield Figure(name="memory of a real node", value=min(memory), bound=MEMORY_LIMIT_MIB, unit="MiB", detail=detail)


def _trial(directory: Path, nodes: Nodes) -> tuple[float, float, float]:
    """Seconds to start, seconds to delete, and the memory of the node in MiB."""
    plane = ControlPlane(directory, toolchain.ensure(_silent), nodes=nodes)
    began = time.monotonic()
    try:
        plane.start(_silent)
        started = time.monotonic() - began
        memory = _memory_mib(plane)
    finally:
        began = time.monotonic()
        plane.delete(_silent)
    return started, time.monotonic() - began, memory


def _memory_mib(plane: ControlPlane) -> float:
    numbers = [number for name, number in plane.status().processes.items() if name.startswith("node")]
    processes = [psutil.Process(number) for number in numbers]
    everything = [each for process in processes for each in (process, *process.children(recursive=True))]
    return sum(each.memory_full_info().pss for each in everything) / MIB


def _silent(_message: str) -> None:
    pass
