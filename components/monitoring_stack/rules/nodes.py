"""The nodes that a model's pods are on."""

from collections.abc import Iterator

from components.monitoring_stack.rules.rule import Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched

NODE_DOWN = "ModelNodeDown"
_CONDITION = "kube_node_status_condition"
_PRESSURES = "DiskPressure|MemoryPressure|PIDPressure"


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on a model's nodes."""
    yield Group(name=f"{model.name}-nodes", rules=[*_down(model), _pressed(model)])


def _pods(model: Watched) -> str:
    done = model.of_pods("kube_pod_status_phase", 'phase=~"Succeeded|Failed"')
    return f"count by (node) ({model.of_pods('kube_pod_info')} unless on (pod) {done} == 1)"


def _down(model: Watched) -> Iterator[Alert]:
    """A ticket for each node; a page where no pod elsewhere serves.

    The page explains why the model does not serve, so that Alertmanager may leave that out.
    """
    down = f'max by (node) ({_CONDITION}{{condition="Ready",status="true"}}) == 0'
    lost = f"{_pods(model)} and {down}"
    # What is scaled to zero wants no pod.
    wanted, available = (f"sum({of(model.workloads)})" for of in (model.wanted, model.available))
    none_left = f"{available} == 0 and on () {wanted} > 0"
    for expr, severity, rest in (
        (lost, Severity.WARNING, ""),
        (f"{lost} and on () {none_left}", Severity.CRITICAL, ", and none is ready elsewhere"),
    ):
        yield Alert(
            name=NODE_DOWN,
            expr=expr,
            # Less than what it explains.
            lasting="1m",
            severity=severity,
            summary=f"A node with pods of model {model.name} is down",
            description=f"{{{{ $labels.node }}}} does not report, with {{{{ $value }}}} pods of the model{rest}.",
            model=model.name,
        )


def _pressed(model: Watched) -> Alert:
    pressed = f'max by (node, condition) ({_CONDITION}{{condition=~"{_PRESSURES}",status="true"}}) == 1'
    return Alert(
        name="ModelNodePressed",
        expr=f"{_pods(model)} * on (node) group_right () ({pressed})",
        lasting="2m",
        severity=Severity.WARNING,
        summary=f"A node with pods of model {model.name} runs out of something",
        description="{{ $labels.node }} has {{ $labels.condition }}, with {{ $value }} pods of the model, "
        "which it may evict.",
        model=model.name,
    )
