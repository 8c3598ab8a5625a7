"""Check that the cluster's autoscaling supports a model's scaling."""

from collections.abc import Iterator

from settings.cluster.autoscaling import Autoscaling, Engine
from settings.cluster.resource_class import ResourceClass
from settings.model.model import Model
from settings.model.scaling import Scaling
from settings.validation.findings import Finding


def autoscaling_findings(
    autoscaling: Autoscaling | None, model: Model, resources: ResourceClass | None
) -> Iterator[Finding]:
    """What a model's scaling requires that its cluster or pods lack; paths are relative to ``scaling``."""
    scaling = model.scaling
    if scaling is None or scaling.is_by_resources_alone:
        return
    if resources is not None and not resources.gpus and scaling.gpu_utilization_percent:
        yield Finding(
            path=("gpuUtilizationPercent",),
            found=f"{scaling.gpu_utilization_percent} for pods of '{model.resources}', which have no GPU",
            expected="no gpuUtilizationPercent, or a resource class with GPUs",
        )
    if autoscaling is None:
        keys = (*(target.key for target in scaling.prometheus_targets), *scaling.keda_keys)
        yield Finding(
            path=(keys[0],),
            found="set, but the stack has no autoscaling",
            expected="autoscaling among the stack's settings",
            hint="set autoscaling: {prometheus, scraperNamespace}",
        )
    elif autoscaling.engine is Engine.KEDA:
        yield from _cold_start_findings(scaling, autoscaling)
    else:
        for key in scaling.keda_keys:
            yield Finding(
                path=(key,),
                found=f"not supported by engine {autoscaling.engine}",
                expected=f"no {key}, or engine keda",
            )


def _cold_start_findings(scaling: Scaling, autoscaling: Autoscaling) -> Iterator[Finding]:
    if scaling.cold_start_seconds and scaling.cold_start_seconds <= autoscaling.polling_seconds:
        yield Finding(
            path=("coldStartSeconds",),
            found=str(scaling.cold_start_seconds),
            expected=f"more than pollingSeconds {autoscaling.polling_seconds}, the time it may take to notice work",
        )
