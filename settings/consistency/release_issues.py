"""Checks of a model's release strategy against what measures its versions."""

from collections.abc import Iterator

from settings.cluster.autoscaling import Autoscaling
from settings.consistency.runtimes import CAPABILITIES
from settings.model.model import Model
from settings.model.release.progressive import ProgressiveRelease
from settings.validation.issues import Issue


def release_issues(model: Model, autoscaling: Autoscaling | None) -> Iterator[Issue]:
    """What the strategy of a model asks of the stack's Prometheus and of its runtime; paths below the model."""
    if not isinstance(model.release, ProgressiveRelease):
        return
    can = CAPABILITIES[model.runtime]
    issues = model.release.metrics_issues(
        autoscaling, model.runtime, counts_failures=can.counts_failures, has_histogram=can.latency_histogram
    )
    yield from (issue.below("release") for issue in issues)
