"""How a Job of Kubernetes has ended."""

from collections.abc import Mapping
from typing import Any


def has_passed(status: Mapping[str, Any]) -> bool | None:
    """Whether a Job of this status has succeeded; None while it runs."""
    true = {each["type"] for each in status.get("conditions") or () if each["status"] == "True"}
    ended = true & {"Complete", "Failed"}
    return ended == {"Complete"} if ended else None
