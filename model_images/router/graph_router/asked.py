"""One request, as far as every step of the graph knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph_router.deadline import Deadline


@dataclass(frozen=True, kw_only=True)
class Asked:
    """By when it is answered, the ``parameters`` that switches look at, and the ``headers`` that go to every model."""

    deadline: Deadline
    parameters: Mapping[str, Any]
    headers: Mapping[str, str]
