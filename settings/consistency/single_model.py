"""Checks of a single model, for programs without a platform."""

from collections.abc import Iterator, Mapping, Sequence

from settings.cluster.autoscaling import Autoscaling
from settings.cluster.monitoring import Monitoring
from settings.cluster.resource_class import BUILT_IN_CLASSES, ResourceClass
from settings.consistency.autoscaling_issues import autoscaling_issues
from settings.consistency.model_resources import resource_issues
from settings.consistency.objective_issues import objective_issues
from settings.consistency.pools import devices_for, model_pool_issues
from settings.consistency.release_issues import release_issues
from settings.consistency.runtimes import runtime_issues
from settings.consistency.sampling_issues import sampling_issues
from settings.gpu.gpu_pool import GpuPool
from settings.model.model import Model
from settings.validation.issues import Issue


def single_model_issues(
    model: Model,
    *,
    resources: ResourceClass | None = None,
    pools: Sequence[GpuPool] = (),
    autoscaling: Autoscaling | None = None,
    monitoring: Monitoring | None = None,
) -> Iterator[Issue]:
    """What a model requires and lacks, by path below the model.

    ``resources`` is the class that the model names; None for one of the built-in classes.
    """
    classes: Mapping[str, ResourceClass] = {**BUILT_IN_CLASSES, **({model.resources: resources} if resources else {})}
    yield from resource_issues(model, classes)
    asked = classes.get(model.resources)
    devices = devices_for(asked, pools) if asked is not None else None
    yield from (issue.below("scaling") for issue in autoscaling_issues(autoscaling, model, asked, devices))
    yield from release_issues(model, autoscaling)
    yield from objective_issues(monitoring, model)
    yield from sampling_issues(monitoring, model)
    if asked is not None:
        yield from model_pool_issues(model, asked, pools)
        yield from runtime_issues(model, devices)
