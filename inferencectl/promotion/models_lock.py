"""The lock of named versions with the pin of a promoted one."""

import json
from pathlib import Path


def with_pin(lock: Path, source: str, target: str, name: str, promoted: str) -> str:
    """The text of the lock in which ``target`` pins ``promoted`` to what ``name`` is pinned to in ``source``."""
    content = json.loads(lock.read_bytes())
    pin = content["stacks"][source][name]
    content["stacks"].setdefault(target, {})[promoted] = pin
    return json.dumps(content, indent=2, sort_keys=True) + "\n"
