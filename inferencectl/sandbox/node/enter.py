"""`python -m … SPECIFICATION`: enters the node's cgroups and becomes `unshare`, the parent of its first process.

`unshare` stays outside: it is what the sandbox's table of processes shows as the node, and when it ends, however that
comes, the kernel ends the first process and with it everything in the node.
"""

import os
import shutil
import sys
from pathlib import Path

from inferencectl.sandbox import cgroups, processes
from inferencectl.sandbox.node.specification import Specification

NAMESPACES = ("--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup")
UNSHARE = ("unshare", *NAMESPACES, "--fork", "--kill-child")


def command(specification: Path) -> tuple[str, ...]:
    """The command that makes the namespaces. Nothing inside carries the marks by which the sandbox finds processes."""
    unmarked = [argument for name in processes.MARKS for argument in ("-u", name)]
    init = (sys.executable, "-m", "inferencectl.sandbox.node.init", str(specification))
    return (*UNSHARE, "env", *unmarked, *init)


def main(specification: Path) -> None:
    """Does not return."""
    cgroups.enter(Path(path) for path in Specification.read(specification).cgroups.values())
    arguments = command(specification)
    os.execv(shutil.which(arguments[0]) or arguments[0], arguments)  # noqa: S606


if __name__ == "__main__":
    main(Path(sys.argv[1]))
