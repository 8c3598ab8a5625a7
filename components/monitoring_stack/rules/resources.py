"""The CPU and memory of a model's servers, as shares of what each may use."""

from collections.abc import Callable, Iterator, Sequence

from components.model_service.runtimes import Series
from components.monitoring_stack.rules.rule import UNHURRIED, Alert, Group, Recording, Severity
from components.monitoring_stack.rules.together import Together, alike, team_of
from components.monitoring_stack.rules.watched import Watched, with_model_of_pods

MOST_PERCENT = 90
CPU, MEMORY = "inference:pods:cpu_percent", "inference:pods:memory_percent"
"""What each pod uses of what it may, by model and pod."""

Select = Callable[..., str]


def groups_of_stack(models: Sequence[Watched]) -> Iterator[Group]:
    """What the models' alerts read, of the pods of all: each model looking for its own looks at the names of all."""
    select = models[0].of_all_containers
    recorded = {CPU: _cpu_percent(select, "5m"), MEMORY: _memory_percent(select)}
    rules = [Recording(record=name, expr=with_model_of_pods(expr)) for name, expr in recorded.items()]
    yield Group(name="resources", rules=rules)


def groups_together(models: Sequence[Watched]) -> Iterator[Group]:
    """The alerts on CPU and memory."""
    rules = [alert for team, same in alike(models, team_of) for alert in (_cpu(same, team), _memory(same, team))]
    yield Group(name="resources", rules=rules, interval=UNHURRIED)


def cpu_percent(model: Watched, window: str) -> str:
    """The CPU that each pod uses of what it may."""
    return _cpu_percent(model.of_containers, window)


def memory_percent(model: Watched) -> str:
    """The memory that each pod uses of what it may."""
    return _memory_percent(model.of_containers)


def _cpu_percent(select: Select, window: str) -> str:
    return _percent(select, f"rate({select('container_cpu_usage_seconds_total')}[{window}])", "cpu")


def _memory_percent(select: Select) -> str:
    return _percent(select, select("container_memory_working_set_bytes"), "memory")


def _percent(select: Select, used: str, resource: str) -> str:
    limit = select("kube_pod_container_resource_limits", f'resource="{resource}"')
    return f"100 * sum by (pod) ({used}) / sum by (pod) ({limit})"


def _cpu(models: Together, team: str) -> Alert:
    return Alert(
        name="ModelCpuHigh",
        expr=f"{models.own(Series(name=CPU))} > {MOST_PERCENT}",
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"A server of model {models.name} has too little CPU",
        description='{{ $labels.pod }} uses {{ $value | printf "%.0f" }} % of its CPU.',
        team=team,
    )


def _memory(models: Together, team: str) -> Alert:
    return Alert(
        name="ModelMemoryHigh",
        expr=f"{models.own(Series(name=MEMORY))} > {MOST_PERCENT}",
        lasting="5m",
        severity=Severity.WARNING,
        summary=f"A server of model {models.name} is about to be killed for memory",
        description='{{ $labels.pod }} uses {{ $value | printf "%.0f" }} % of its memory.',
        team=team,
    )
