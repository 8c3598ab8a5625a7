"""Check that the cluster's autoscaling supports a model's scaling."""

from collections.abc import Iterator

from settings.cluster.autoscaling import Autoscaling, Engine
from settings.cluster.resource_class import ResourceClass
from settings.gpu.devices import Devices
from settings.model.model import Model
from settings.model.scaling import Scaling
from settings.validation.issues import Issue


def autoscaling_issues(
    autoscaling: Autoscaling | None, model: Model, resources: ResourceClass | None, devices: Devices | None
) -> Iterator[Issue]:
    """What a model's scaling requires that its cluster or pods lack; paths are relative to ``scaling``."""
    scaling = model.scaling
    if scaling is None or scaling.is_by_resources_alone:
        return
    if resources is not None and resources.gpu_request is None and scaling.gpu_utilization_percent:
        yield Issue(
            path=("gpuUtilizationPercent",),
            found=f"{scaling.gpu_utilization_percent} for pods of '{model.resources}', which have no GPU",
            expected="no gpuUtilizationPercent, or a resource class with GPUs",
        )
    if devices is not None and not devices.is_whole_of_nvidia and scaling.gpu_utilization_percent:
        yield Issue(
            path=("gpuUtilizationPercent",),
            found=f"{scaling.gpu_utilization_percent} for pods with {devices.resource}, shared or not of NVIDIA",
            expected="another target, as DCGM measures the utilization of NVIDIA's whole cards only",
        )
    if autoscaling is None:
        keys = (*(target.key for target in scaling.prometheus_targets), *scaling.keda_keys)
        yield Issue(
            path=(keys[0],),
            found="set, but the stack has no autoscaling",
            expected="autoscaling among the stack's settings",
            hint="set autoscaling: {prometheus, scraperNamespace}",
        )
    elif autoscaling.engine is Engine.KEDA:
        yield from _cold_start_issues(scaling, autoscaling)
    else:
        for key in scaling.keda_keys:
            yield Issue(
                path=(key,),
                found=f"not supported by engine {autoscaling.engine}",
                expected=f"no {key}, or engine keda",
            )


def _cold_start_issues(scaling: Scaling, autoscaling: Autoscaling) -> Iterator[Issue]:
    if scaling.cold_start_seconds and scaling.cold_start_seconds <= autoscaling.polling_seconds:
        yield Issue(
            path=("coldStartSeconds",),
            found=str(scaling.cold_start_seconds),
            expected=f"more than pollingSeconds {autoscaling.polling_seconds}, the time it may take to notice work",
        )
