"""What happens to the model of the demonstration, and what the platform is to make of it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Phase:
    """`requests_per_second` for all pods together, until `replicas` are ready on as many `nodes` as they need.

    While `is_measured` is false there is no Prometheus.
    """

    name: str
    requests_per_second: float
    replicas: int
    is_measured: bool = True


# Ten requests a second are a pod's, at least two pods run, and five where nothing is known: stack.yaml. Whole multiples
# of ten, as the autoscaler leaves a tenth more or less alone: seven pods would stay seven with 72.
PHASES = (
    Phase(name="quiet", requests_per_second=20, replicas=2),
    Phase(name="load doubles", requests_per_second=40, replicas=4),
    Phase(name="peak", requests_per_second=80, replicas=8),
    Phase(name="load falls", requests_per_second=40, replicas=4),
    Phase(name="metrics lost", requests_per_second=40, replicas=5, is_measured=False),
    Phase(name="metrics back", requests_per_second=60, replicas=6),
)
