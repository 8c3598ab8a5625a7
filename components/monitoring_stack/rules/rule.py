"""What a rule of Prometheus is made of, before it is written in the operator's format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MODEL_LABEL, VERSION_LABEL = "inference_model", "inference_version"
"""Labels of every series of a model's servers, and the first of them of every alert on a model."""


UNHURRIED = "2m"
"""How often is looked for what is a ticket, or has to last for many minutes."""
SLOWLY, SLOW_MINUTES = "4m", 4
"""How often is looked back for hours and days: Prometheus forgets a value after 5 minutes."""


class Severity(StrEnum):
    """Who is told: ``critical`` pages somebody now, ``warning`` is a ticket, ``none`` is for machines."""

    CRITICAL = "critical"
    WARNING = "warning"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A condition in PromQL that has to hold for a time, ``lasting``, and what is said of it then.

    ``description`` says the value of ``expr`` in a unit. ``model`` is empty for what is not about one model, and for
    what has it in the labels of ``expr``. ``team`` is empty for the one that all alerts of an object have.
    """

    name: str
    expr: str
    lasting: str
    severity: Severity
    summary: str
    description: str
    model: str = ""
    team: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A series that is computed once for the rules that read it, or one for each label that ``expr`` has."""

    record: str
    expr: str
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rules that are evaluated one after the other, at Prometheus' own interval unless there is an ``interval``."""

    name: str
    rules: Sequence[Alert | Recording]
    interval: str = ""
