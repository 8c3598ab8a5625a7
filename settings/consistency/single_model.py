"""Checks of a single model, for programs without a platform."""

from collections.abc import Iterator, Mapping, Sequence

from settings.cluster.autoscaling import Autoscaling
from settings.cluster.resource_class import BUILT_IN_CLASSES, ResourceClass
from settings.consistency.autoscaling_findings import autoscaling_findings
from settings.consistency.model_resources import resource_findings
from settings.consistency.pools import devices_for, model_pool_findings
from settings.consistency.runtimes import runtime_findings
from settings.gpu.gpu_pool import GpuPool
from settings.model.model import Model
from settings.validation.findings import Finding


def single_model_findings(
    model: Model,
    *,
    resources: ResourceClass | None = None,
    pools: Sequence[GpuPool] = (),
    autoscaling: Autoscaling | None = None,
) -> Iterator[Finding]:
    """What a model requires and lacks, by path below the model.

    ``resources`` is the class that the model names; None for one of the built-in classes.
    """
    classes: Mapping[str, ResourceClass] = {**BUILT_IN_CLASSES, **({model.resources: resources} if resources else {})}
    yield from resource_findings(model, classes)
    asked = classes.get(model.resources)
    yield from (finding.below("scaling") for finding in autoscaling_findings(autoscaling, model, asked))
    if asked is not None:
        yield from model_pool_findings(model, asked, pools)
        yield from runtime_findings(model, devices_for(asked, pools))
