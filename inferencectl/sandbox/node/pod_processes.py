"""The processes of a pod, as this machine sees them."""

from contextlib import suppress
from pathlib import Path

import psutil


def process_of_pod(uid: str, name: str) -> psutil.Process:
    """The process ``name`` of the pod with this ``uid``; raises ValueError unless there is exactly one."""
    found = [each for each in psutil.process_iter(["name"]) if each.info["name"] == name and uid in _cgroup(each.pid)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} processes {name} in the pod {uid}, not one")
    return found[0]


def _cgroup(process: int) -> str:
    # systemd's names of cgroups have underscores in place of hyphens.
    with suppress(OSError):
        return Path(f"/proc/{process}/cgroup").read_text().replace("_", "-")
    return ""
