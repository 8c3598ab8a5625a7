"""Check that a model can be sampled, and that somebody looks at it."""

from collections.abc import Iterator

from settings.cluster.monitoring import Monitoring
from settings.consistency.runtimes import CAPABILITIES
from settings.model.exposure import Exposure
from settings.model.model import Model
from settings.model.release.mirror import MirrorRelease
from settings.model.release.progressive import ProgressiveRelease
from settings.validation.issues import Issue

SHOWN_DISTRIBUTIONS = 66
"""Distributions of which a sampler shows bins: 64 values of the inputs, what is predicted, and how sure of it."""
_BINS, _OTHER_BINS, _OTHER_SERIES = 10, 3, 30
SAMPLER_SERIES = _OTHER_SERIES + SHOWN_DISTRIBUTIONS * (2 * (_BINS + _OTHER_BINS) + 2)
"""What a sampler shows of distributions with ten bins, which are as many as a reference should have: of each its shares
in the reference and the window, also outside of the edges and of missing values, their number, and the index."""


def sampling_issues(monitoring: Monitoring | None, model: Model) -> Iterator[Issue]:
    """What the sampling of a model needs of the stack, of its runtime and of its route; paths below the model."""
    if model.sampling is None:
        return
    if monitoring is None:
        yield Issue(
            path=("sampling",),
            found="has no effect: nobody reads what is sampled",
            expected="no sampling, or monitoring among the stack's settings",
            hint="set monitoring: {scraperNamespace}",
        )
    elif monitoring.sample_limit < SAMPLER_SERIES:
        yield Issue(
            path=("sampling",),
            found=f"may show more series than monitoring.sampleLimit {monitoring.sample_limit}",
            expected=f"at least {SAMPLER_SERIES}",
            hint="Prometheus refuses the whole scrape of a sampler that shows more",
        )
    if not CAPABILITIES[model.runtime].protocol:
        yield Issue(
            path=("sampling",),
            found=f"cannot be done: the handler of runtime {model.runtime} defines what requests are",
            expected="no sampling, or another runtime",
        )
    yield from _route_issues(model)


def _route_issues(model: Model) -> Iterator[Issue]:
    """Requests are copied by a rule of the model's own route, which has room for one copy."""
    if model.exposure is not Exposure.GATEWAY:
        yield Issue(
            path=("sampling",),
            found=f"cannot be done with exposure {model.exposure}, where nothing copies requests",
            expected="no sampling, or exposure gateway",
        )
    elif isinstance(model.release, MirrorRelease | ProgressiveRelease):
        owner = "copies requests already" if isinstance(model.release, MirrorRelease) else "leaves the route to Flagger"
        yield Issue(
            path=("sampling",),
            found=f"cannot be done with release strategy {model.release.strategy}, which {owner}",
            expected="no sampling, or another strategy",
        )
