"""Ends a real node, whoever started it and however that went: it needs nothing but the directory of the sandbox."""

import shutil
from pathlib import Path

from inferencectl.sandbox import cgroups, processes
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.workspace.errors import SandboxError

NODE_COMPONENT = "node"
BRIDGE_COMPONENT = "node-bridge"
VOLUMES_COMPONENT = "node-volumes"
COMPONENTS = frozenset({NODE_COMPONENT, BRIDGE_COMPONENT, VOLUMES_COMPONENT})
STOP_SECONDS = 10


def end(directory: NodeDirectory) -> None:
    """Ends every process of the node at once, and removes its cgroups and what it changed in its root file system.

    Images and volumes stay. Raises SandboxError if a process of the node cannot be ended.
    """
    for component in processes.running(directory.sandbox):
        if component.name in COMPONENTS:
            # `unshare` ignores SIGTERM; nothing in the node can be asked to end in order without ending the pods first.
            component.process.kill()
            processes.stop(component, STOP_SECONDS)
    if directory.cgroups.exists():
        remaining = cgroups.remove(Path(line) for line in directory.cgroups.read_text().splitlines())
        if remaining:
            raise SandboxError(
                f"cannot remove the cgroups of the node, which processes still use: {', '.join(map(str, remaining))}",
                "end those processes (they are listed in cgroup.procs there), then try again",
            )
        directory.cgroups.unlink()
    for file in (directory.fingerprint, directory.bridge_socket):
        file.unlink(missing_ok=True)
    for path in (directory.layers, directory.configuration):
        shutil.rmtree(path, ignore_errors=True)
