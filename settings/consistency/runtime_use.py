"""The RuntimeClass of a model's pods, and checks that every class that is referred to exists."""

from collections.abc import Iterator, Mapping, Sequence

from settings.cluster.resource_class import ResourceClass
from settings.cluster.runtime_class import RuntimeClass
from settings.gpu.devices import Devices
from settings.gpu.gpu_pool import GpuPool
from settings.gpu.node_software import NodeSoftware, SoftwareSource
from settings.model.model import Model
from settings.validation.issues import Issue
from settings.validation.words import did_you_mean, listed, shown

OPERATOR_CLASS = "nvidia"
"""The RuntimeClass that NVIDIA's GPU operator creates."""


def runtime_class_of(model: Model, resources: ResourceClass, devices: Devices | None) -> str | None:
    """The RuntimeClass of a model's pods: its own, or that of its resource class, or that of its pools."""
    return model.runtime_class or resources.runtime_class or (devices.runtime_class if devices else None)


def runtime_class_issues(
    classes: Mapping[str, RuntimeClass],
    software: NodeSoftware | None,
    resource_classes: Mapping[str, ResourceClass],
    pools: Sequence[GpuPool],
    models: Sequence[tuple[Model, ResourceClass, Devices | None]],
) -> Iterator[Issue]:
    """Check that every class is known and created once, and that the nodes of a model's devices have its handler."""
    operators = {OPERATOR_CLASS} if software and software.source is SoftwareSource.OPERATOR else set[str]()
    for name in sorted(operators & {name for name, made in classes.items() if made.handler}):
        yield Issue(
            path=("runtimeClasses", name, "handler"),
            found="set, but the GPU operator creates this class",
            expected="no handler, or another source of gpuSoftware",
        )
    named: dict[tuple[str | int, ...], str | None] = {
        ("gpuSoftware", "runtimeClass"): software.runtime_class if software else None,
        **{("resourceClasses", name, "runtimeClass"): each.runtime_class for name, each in resource_classes.items()},
        **{("pools", index, "runtimeClass"): pool.runtime_class for index, pool in enumerate(pools)},
        **{("models", index, "runtimeClass"): model.runtime_class for index, (model, _, _) in enumerate(models)},
    }
    known = sorted({*classes, *operators})
    for path, name in named.items():
        if name and name not in known:
            yield Issue(
                path=path,
                found=shown(name),
                expected=f"a class of runtimeClasses{f': {listed(known)}' if known else ''}",
                hint=did_you_mean(name, known) or f"add {name}: {{}} there if the cluster has it already",
            )
    for index, (model, resources, devices) in enumerate(models):
        yield from (each.below("models", index) for each in _place_issues(classes, model, resources, devices))


def _place_issues(
    classes: Mapping[str, RuntimeClass], model: Model, resources: ResourceClass, devices: Devices | None
) -> Iterator[Issue]:
    name = runtime_class_of(model, resources, devices)
    runtime = classes.get(name or "")
    if devices is None or runtime is None:
        return
    excluded = [runtime.excludes(labels) for labels in devices.node_selectors]
    if excluded and all(excluded):
        yield Issue(
            path=("resources",),
            found=f"{shown(model.resources)}, whose nodes lack label {excluded[0]} of runtime class '{name}'",
            expected="devices on nodes that the class selects, or another runtimeClass",
        )
