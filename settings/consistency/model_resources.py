"""Check that a model's resource class exists and has enough memory."""

from collections.abc import Iterator, Mapping

from settings.cluster.resource_class import ResourceClass
from settings.model.model import Model
from settings.validation.issues import Issue
from settings.validation.words import did_you_mean, listed, shown
from settings.values.quantity import binary_quantity


def resource_issues(model: Model, classes: Mapping[str, ResourceClass]) -> Iterator[Issue]:
    """Check that the class that a model names is one of ``classes`` and has enough memory."""
    resources = classes.get(model.resources)
    if resources is None:
        yield Issue(
            path=("resources",),
            found=shown(model.resources),
            expected=f"a resource class: {listed(classes)}",
            hint=did_you_mean(model.resources, classes),
        )
        return
    if resources.memory_bytes < model.memory_floor_bytes:
        floor = binary_quantity(model.memory_floor_bytes)
        fitting = _smallest_fitting(model, resources, classes)
        yield Issue(
            path=("resources",),
            found=f"{shown(model.resources)} with {resources.memory} of memory",
            expected=f"at least {floor}: 2.5 times size {model.size}",
            hint=f"the smallest class that fits is '{fitting}'" if fitting else "add a class to resourceClasses",
        )


def _smallest_fitting(model: Model, resources: ResourceClass, classes: Mapping[str, ResourceClass]) -> str | None:
    fitting = [
        (candidate.memory_bytes, name)
        for name, candidate in classes.items()
        if candidate.memory_bytes >= model.memory_floor_bytes and candidate.gpu_request == resources.gpu_request
    ]
    return min(fitting)[1] if fitting else None
