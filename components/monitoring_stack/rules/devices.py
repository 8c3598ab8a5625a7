"""The accelerators that the models of a stack ask for, as the cluster's nodes offer them."""

from collections.abc import Iterator, Sequence

from components.monitoring_stack.rules.rule import Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched


def groups(models: Sequence[Watched]) -> Iterator[Group]:
    """The alerts on accelerators, if any model asks for some."""
    resources = dict.fromkeys(model.args.devices.resource for model in models if model.args.devices)
    if resources:
        yield Group(name="accelerators", rules=[_missing([*resources])])


def _missing(resources: Sequence[str]) -> Alert:
    def amounts(of: str) -> str:
        return f"max by (node, resource) (kube_node_status_{of}{{{matcher}}})"

    matcher = f'resource=~"{"|".join(map(_as_label, resources))}"'
    # What a plug-in finds broken can no longer be allocated; where the plug-in is gone, there are 0 of both.
    unusable = f"{amounts('capacity')} - {amounts('allocatable')} > 0"
    return Alert(
        name="NodeAcceleratorMissing",
        expr=f"{unusable} or {amounts('capacity')} == 0",
        lasting="10m",
        severity=Severity.WARNING,
        summary="A node has fewer accelerators than it should have",
        description="{{ $labels.node }} cannot offer {{ $value }} of its {{ $labels.resource }}; 0 mean all of them.",
    )


def _as_label(resource: str) -> str:
    """The name of a resource as kube-state-metrics writes it."""
    return "".join(each if each.isalnum() else "_" for each in resource)
