"""What is told of a sandbox: how to reach its cluster, and what is running."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The URL of a running sandbox, and a kubeconfig with administrator rights."""

    server: str
    kubeconfig: Path


class State(StrEnum):
    """`DEGRADED`: a component is not running, or the API server does not answer; a start repairs it."""

    ABSENT = "absent"
    STOPPED = "stopped"
    DEGRADED = "degraded"
    RUNNING = "running"


@dataclass(frozen=True, kw_only=True)
class Status:
    """`cluster` is None unless the state is RUNNING; `processes` maps each live component to its process number."""

    state: State
    cluster: Cluster | None
    processes: Mapping[str, int]
