"""What a dashboard is made of, before it is written in Grafana's format."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

WIDTH = 24
"""Columns of Grafana's grid."""


class Kind(StrEnum):
    """How a panel shows its answers, by the name of Grafana's plug-in."""

    LINES = "timeseries"
    NUMBER = "stat"


class Unit(StrEnum):
    """Units, by Grafana's names of them; ``percentunit`` is of 1."""

    PER_SECOND = "reqps"
    PERCENT = "percent"
    SHARE = "percentunit"
    MILLISECONDS = "ms"
    SECONDS = "s"
    COUNT = "none"
    BYTES = "bytes"
    MEBIBYTES = "mbytes"
    CELSIUS = "celsius"
    WATTS = "watt"
    CORES = "suffix: cores"


@dataclass(frozen=True, kw_only=True)
class Variable:
    """What a reader chooses; ``query`` finds the choices, ``all_value`` matches all of them, where that is offered."""

    name: str
    query: str
    all_value: str = ""


@dataclass(frozen=True, kw_only=True)
class Query:
    """PromQL with the variables of its dashboard, and the name of each line with labels as ``{{label}}``."""

    expr: str
    legend: str


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A value that is bad from here on, upwards or, where ``is_least``, downwards."""

    value: float
    is_least: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Queries with one unit. ``alerts`` are those on the same series, whose runbooks are linked."""

    title: str
    description: str
    unit: Unit | str
    queries: Sequence[Query]
    kind: Kind = Kind.LINES
    width: int = 8
    limit: Limit | None = None
    alerts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """Panels below a heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A page. ``name`` is part of its address, and does not change."""

    name: str
    title: str
    description: str
    variables: Sequence[Variable]
    rows: Sequence[Row]

    @property
    def shown(self) -> Sequence[Row]:
        """The rows without panels that the stack has no series for, and without the empty ones."""
        rows = (Row(title=row.title, panels=[panel for panel in row.panels if panel.queries]) for row in self.rows)
        return [row for row in rows if row.panels]
