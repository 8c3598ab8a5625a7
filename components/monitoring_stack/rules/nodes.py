"""The nodes that a model's pods are on."""

from collections.abc import Iterator, Sequence

from components.model_service.runtimes import Series
from components.monitoring_stack.rules.rule import MODEL_LABEL, UNHURRIED, Alert, Group, Recording, Severity
from components.monitoring_stack.rules.together import Together, by_kind
from components.monitoring_stack.rules.watched import Watched, with_model_of_pods

NODE_DOWN = "ModelNodeDown"
HELD, LOST, PRESSED = "inference:pods:by_node", "inference:nodes:lost", "inference:nodes:pressed"
"""Pods by model and node; nodes that are down, and those that run out of something, by what: no others."""
_CONDITION = "kube_node_status_condition"
_PRESSURES = "DiskPressure|MemoryPressure|PIDPressure"


def groups_of_stack(models: Sequence[Watched]) -> Iterator[Group]:
    """What the models' alerts read, computed for all of them at once.

    Which of all pods are those of one model is told by their names; each model asking for that would be a look at the
    names of all, as often as there are models.
    """
    own = f'namespace="{models[0].namespace}"'
    done = f'kube_pod_status_phase{{{own},phase=~"Succeeded|Failed"}}'
    pods = f"(kube_pod_info{{{own}}} unless on (pod) {done} == 1)"
    down = f'max by (node) ({_CONDITION}{{condition="Ready",status="true"}}) == 0'
    pressed = f'max by (node, condition) ({_CONDITION}{{condition=~"{_PRESSURES}",status="true"}}) == 1'
    recorded = {HELD: f"count by ({MODEL_LABEL}, node) ({with_model_of_pods(pods)})", LOST: down, PRESSED: pressed}
    yield Group(name="nodes", rules=[Recording(record=name, expr=expr) for name, expr in recorded.items()])


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on what a model's nodes run out of: of one model, as a node may lack several things."""
    yield Group(name=f"{model.name}-pressure", rules=[_pressed(model)], interval=UNHURRIED)


def groups_together(models: Sequence[Watched]) -> Iterator[Group]:
    """The alerts on the models' nodes that are down."""
    for kind, teams in by_kind(models):
        rules = [alert for team, same in teams for alert in _down(same, team)]
        yield Group(name=f"nodes-of-{kind}s", rules=rules)


def _down(models: Together, team: str) -> Iterator[Alert]:
    """A ticket for each node; a page where no pod elsewhere serves.

    The page explains why the model does not serve, so that Alertmanager may leave that out.
    """
    lost = f"{models.own(Series(name=HELD))} and on (node) {models.of_namespace(LOST)}"
    # What is scaled to zero wants no pod.
    wanted, available = (
        models.by_model(models.with_model(of(models.workloads))) for of in (models.wanted, models.available)
    )
    none_left = f"({available} == 0 and {wanted} > 0)"
    for expr, severity, rest in (
        (lost, Severity.WARNING, ""),
        (f"{lost} and on ({MODEL_LABEL}) {none_left}", Severity.CRITICAL, ", and none is ready elsewhere"),
    ):
        yield Alert(
            name=NODE_DOWN,
            expr=expr,
            # Less than what it explains.
            lasting="1m",
            severity=severity,
            summary=f"A node with pods of model {models.name} is down",
            description=f"{{{{ $labels.node }}}} does not report, with {{{{ $value }}}} pods of the model{rest}.",
            team=team,
        )


def _pressed(model: Watched) -> Alert:
    return Alert(
        name="ModelNodePressed",
        expr=f"{model.own(Series(name=HELD))} * on (node) group_right () {model.of_namespace(PRESSED)}",
        lasting="2m",
        severity=Severity.WARNING,
        summary=f"A node with pods of model {model.name} runs out of something",
        description="{{ $labels.node }} has {{ $labels.condition }}, with {{ $value }} pods of the model, "
        "which it may evict.",
        model=model.name,
    )
