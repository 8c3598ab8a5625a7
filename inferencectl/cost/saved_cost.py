"""The cost of a stack at its last deployment by either engine, saved in its sandbox directory."""

import json
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path

from inferencectl.workspace.files import write_atomically
from settings import Cost, StackCost

_FILE = "cost.json"


def read(directory: Path) -> StackCost | None:
    """The saved cost; None if there is none or it is unreadable, in which case a preview shows no comparison."""
    try:
        fields = json.loads((directory / _FILE).read_text(encoding="utf-8"))
        amounts = ({**part, "least": Decimal(part["least"]), "most": Decimal(part["most"])} for part in fields["parts"])
        return StackCost(currency=fields["currency"], parts=tuple(Cost(**part) for part in amounts))
    except (FileNotFoundError, ValueError, KeyError, TypeError, InvalidOperation):
        return None


def write(directory: Path, cost: StackCost | None) -> None:
    """Replaces the saved cost atomically; removes it for a stack without prices."""
    if cost is None:
        (directory / _FILE).unlink(missing_ok=True)
    else:
        write_atomically(directory / _FILE, json.dumps(asdict(cost), default=str, indent=2) + "\n")
