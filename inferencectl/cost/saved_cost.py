"""What a stack cost when it was last deployed, kept beside its sandbox, whichever engine deployed it."""

import json
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path

from inferencectl.workspace.files import write_atomically
from settings import Cost, StackCost

_FILE = "cost.json"


def read(directory: Path) -> StackCost | None:
    """The saved cost; None where there is none, or none that can be read: a preview then compares with nothing."""
    try:
        fields = json.loads((directory / _FILE).read_text(encoding="utf-8"))
        amounts = ({**part, "least": Decimal(part["least"]), "most": Decimal(part["most"])} for part in fields["parts"])
        return StackCost(currency=fields["currency"], parts=tuple(Cost(**part) for part in amounts))
    except (FileNotFoundError, ValueError, KeyError, TypeError, InvalidOperation):
        return None


def write(directory: Path, cost: StackCost | None) -> None:
    """Replaces the saved cost as one step; a stack without prices has none."""
    if cost is None:
        (directory / _FILE).unlink(missing_ok=True)
    else:
        write_atomically(directory / _FILE, json.dumps(asdict(cost), default=str, indent=2) + "\n")
