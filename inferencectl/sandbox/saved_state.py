"""What a sandbox stores between commands: its ports, and a fingerprint of its last completed start."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from inferencectl.sandbox.component_commands import Ports
from inferencectl.workspace.files import write_atomically


@dataclass(frozen=True, kw_only=True)
class SavedState:
    """`fingerprint` is empty until a start has completed.

    Process numbers are not kept: see `processes` for why the table of processes is the better record.
    """

    ports: Ports
    fingerprint: str = ""


def read(path: Path) -> SavedState | None:
    """The saved state; None where there is none, or none that can be read: a start then makes a new one."""
    try:
        fields = json.loads(path.read_text())
        return SavedState(ports=Ports(**fields["ports"]), fingerprint=fields["fingerprint"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write(path: Path, state: SavedState) -> None:
    """Replaces the saved state atomically."""
    write_atomically(path, json.dumps(asdict(state), indent=2) + "\n")
