"""Check that a model's objective can be measured, and that somebody does."""

from collections.abc import Iterator

from settings.cluster.monitoring import Monitoring
from settings.consistency.runtimes import CAPABILITIES
from settings.model.model import Model
from settings.validation.issues import Issue


def objective_issues(monitoring: Monitoring | None, model: Model) -> Iterator[Issue]:
    """What a model's objective needs of the stack and of its runtime; paths below the model."""
    objective, can = model.objective, CAPABILITIES[model.runtime]
    if objective is None:
        return
    if monitoring is None:
        yield Issue(
            path=("objective",),
            found="has no effect: nobody measures it",
            expected="no objective, or monitoring among the stack's settings",
            hint="set monitoring: {scraperNamespace}",
        )
    if not can.counts_failures:
        yield Issue(
            path=("objective", "availabilityPercent"),
            found=f"cannot be measured: runtime {model.runtime} does not count the requests that fail",
            expected="no objective, or another runtime",
        )
    if objective.latency_p95_milliseconds is not None and not can.latency_histogram:
        yield Issue(
            path=("objective", "latencyP95Milliseconds"),
            found=f"cannot be measured: runtime {model.runtime} has no histogram of its latency",
            expected="no latencyP95Milliseconds, or another runtime",
        )
