"""A model server without the platform: the command of a pod's server, started once more as a mere process.

It has the pod's command line, environment, files and CPU limit, with the same share of a busy machine; not its network,
its user, its seccomp filter, its capabilities, its probes, its Service or its network policies. It listens in the
network of the node, at the node's address.

Kubernetes sets a CPU limit twice, for the container and for its pod, and the kernel throttles by both: the process has
it twice as well. Measured with 200m: with one of the two, a process answers 5 to 13 % more requests a second.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from inferencectl.sandbox import cgroups
from inferencectl.sandbox.node.addresses import NODE_ADDRESS

ADDRESS = NODE_ADDRESS
_NAME = "bare-server"
_LIMITS: Mapping[int, Sequence[str]] = {
    1: ("cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us"),
    2: ("cpu.weight", "cpu.max"),
}
"""The files of a cgroup that say how much of the processors it gets, by the version of the cgroups."""
_ENTER = 'echo $$ > "$0/cgroup.procs"; exec "$@"'


@contextmanager
def bare_server(pod: psutil.Process, node: int, log: Path) -> Iterator[None]:
    """Run the server of ``pod`` once more, in the network of the process ``node``, with its output in ``log``.

    It shares the table of processes with the pod, and the cgroup of all pods: where those end, it ends as well.
    """
    directory = _limited_as(pod.pid)
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(pod, node, directory), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            yield
        finally:
            cgroups.remove((directory.parent,))
            process.wait()


def _command(pod: psutil.Process, node: int, directory: Path) -> Sequence[str]:
    enter = ("sh", "-c", _ENTER, str(directory))
    join = ("nsenter", f"--target={pod.pid}", "--mount", "--pid", f"--net=/proc/{node}/ns/net")
    variables = (f"{name}={value}" for name, value in pod.environ().items())
    return (*enter, *join, "env", "--ignore-environment", *variables, *pod.cmdline())


def _limited_as(process: int) -> Path:
    """A new cgroup as that of a container's process, in one as its pod's, beside that of the pod."""
    mounts = Path("/proc/self/mountinfo").read_text()
    trees = cgroups.trees(Path(f"/proc/{process}/cgroup").read_text(), mounts)
    tree = next(each for each in trees if "cpu" in each.controllers)
    container, pod = tree.own, tree.own.parent
    outer = pod.with_name(_NAME)
    cgroups.remove((outer,))
    for made, limited in ((outer, pod), (outer / container.name, container)):
        cgroups.create((made,))
        for name in _LIMITS[tree.version]:
            (made / name).write_text((limited / name).read_text())
        if tree.version == 2 and limited == pod:
            (made / "cgroup.subtree_control").write_text("+cpu")
    return outer / container.name
