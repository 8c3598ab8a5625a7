"""The load on the demonstration's model, and how the platform should respond."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A load of `requests_per_second` for all pods together, until `replicas` are ready on one node each.

    If `is_measured` is false, Prometheus is stopped during the phase.
    """

    name: str
    requests_per_second: float
    replicas: int
    is_measured: bool = True


# In stack.yaml a pod serves ten requests per second, at least two pods run, and five if there are no metrics. The loads
# are multiples of ten because the autoscaler tolerates a deviation of 10 %: seven pods would stay seven at 72.
PHASES = (
    Phase(name="quiet", requests_per_second=20, replicas=2),
    Phase(name="load doubles", requests_per_second=40, replicas=4),
    Phase(name="peak", requests_per_second=80, replicas=8),
    Phase(name="load falls", requests_per_second=40, replicas=4),
    Phase(name="metrics lost", requests_per_second=40, replicas=5, is_measured=False),
    Phase(name="metrics back", requests_per_second=60, replicas=6),
)
