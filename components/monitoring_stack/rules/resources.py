"""The CPU and memory of a model's servers, as shares of what each may use."""

from collections.abc import Iterator

from components.monitoring_stack.rules.rule import UNHURRIED, Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched

MOST_PERCENT = 90


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on CPU and memory."""
    yield Group(name=f"{model.name}-resources", rules=[_cpu(model), _memory(model)], interval=UNHURRIED)


def cpu_percent(model: Watched, window: str) -> str:
    """The CPU that each pod uses of what it may."""
    return _percent(model, f"rate({model.of_containers('container_cpu_usage_seconds_total')}[{window}])", "cpu")


def memory_percent(model: Watched) -> str:
    """The memory that each pod uses of what it may."""
    return _percent(model, model.of_containers("container_memory_working_set_bytes"), "memory")


def _percent(model: Watched, used: str, resource: str) -> str:
    limit = model.of_containers("kube_pod_container_resource_limits", f'resource="{resource}"')
    return f"100 * sum by (pod) ({used}) / sum by (pod) ({limit})"


def _cpu(model: Watched) -> Alert:
    return Alert(
        name="ModelCpuHigh",
        expr=f"{cpu_percent(model, '5m')} > {MOST_PERCENT}",
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"A server of model {model.name} has too little CPU",
        description='{{ $labels.pod }} uses {{ $value | printf "%.0f" }} % of its CPU.',
        model=model.name,
    )


def _memory(model: Watched) -> Alert:
    return Alert(
        name="ModelMemoryHigh",
        expr=f"{memory_percent(model)} > {MOST_PERCENT}",
        lasting="5m",
        severity=Severity.WARNING,
        summary=f"A server of model {model.name} is about to be killed for memory",
        description='{{ $labels.pod }} uses {{ $value | printf "%.0f" }} % of its memory.',
        model=model.name,
    )
