"""What the first process of the node is told by the command that starts it, in a file of JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from inferencectl.workspace.files import write_atomically


@dataclass(frozen=True, kw_only=True)
class Specification:
    """A node to be made.

    `root` is the directory of its root file system, which it only reads; `layers`, `state`, `configuration`, `logs`
    and `shared` are those of `NodeDirectory`; `programs` maps the names of directories of programs to them. `cgroups`
    maps the controllers of each tree, as they are mounted, to the node's cgroup; `daemons` maps a name to a command.
    """

    root: str
    layers: str
    state: str
    configuration: str
    logs: str
    shared: str
    programs: Mapping[str, str]
    cgroup_version: int
    cgroups: Mapping[str, str]
    daemons: Mapping[str, tuple[str, ...]]

    def write(self, path: Path) -> None:
        """Writes it to `path`."""
        write_atomically(path, json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Specification":
        """Reads what `write` has written."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))
