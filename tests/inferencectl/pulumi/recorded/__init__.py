"""Events that the real Pulumi has written, for tests on machines without it; `recording` makes them anew."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pulumi.automation.events import EngineEvent

from inferencectl.changes import Plan
from inferencectl.pulumi.steps import Steps

FOLDER = Path(__file__).parent
NAMESPACE = "models"


def events(name: str) -> list[dict[str, Any]]:
    """The events of one operation, as Pulumi writes them to `--event-log`."""
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def plan_of(name: str, told: Iterable[Mapping[str, Any]]) -> Plan:
    """What the events of the operation of that name tell."""
    steps = Steps(carried_out=name.endswith("-up"))
    for event in told:
        steps.take(EngineEvent.from_json(dict(event)))
    return steps.plan
