"""The rules as data, a theme in each module: pure functions of the models of a stack."""

from collections.abc import Sequence

from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.rules import (
    audit,
    callers,
    devices,
    drift,
    gpus,
    health,
    logs,
    nodes,
    objective,
    releases,
    requests,
    resources,
    scaling,
    sources,
)
from components.monitoring_stack.rules.nodes import NODE_DOWN
from components.monitoring_stack.rules.rule import MODEL_LABEL, VERSION_LABEL, Alert, Group, Recording, Severity
from components.monitoring_stack.rules.sources import SOURCE_MISSING, WATCHDOG
from components.monitoring_stack.rules.together import parts_of
from components.monitoring_stack.rules.watched import Watched
from settings import Monitoring

__all__ = [
    "MODEL_LABEL",
    "NODE_DOWN",
    "SOURCE_MISSING",
    "VERSION_LABEL",
    "WATCHDOG",
    "Alert",
    "Group",
    "Recording",
    "Severity",
    "groups",
    "groups_of_model",
    "groups_of_models",
    "groups_of_stack",
    "parts_of",
]

_THEMES = (callers, health, nodes, scaling, releases, gpus, drift)
_TOGETHER = (requests, health, nodes, scaling, resources, objective)


def groups_of_model(args: ModelServiceArgs, namespace: str) -> Sequence[Group]:
    """What is said of one model alone."""
    model = Watched(args=args, namespace=namespace)
    return [group for theme in _THEMES for group in theme.groups(model)]


def groups_of_models(models: Sequence[ModelServiceArgs], namespace: str) -> Sequence[Group]:
    """What is said of each of some models, at least one, in rules that they share."""
    watched = [Watched(args=args, namespace=namespace) for args in models]
    return [group for theme in _TOGETHER for group in theme.groups_together(watched)]


def groups_of_stack(
    models: Sequence[ModelServiceArgs], namespace: str, monitoring: Monitoring, collectors: str | None = None
) -> Sequence[Group]:
    """What is said of a stack as a whole; ``collectors`` is the namespace of what collects its logs."""
    watched = [Watched(args=args, namespace=namespace) for args in models]
    return [
        *sources.groups(watched, monitoring, collectors),
        *nodes.groups_of_stack(watched),
        *resources.groups_of_stack(watched),
        *devices.groups(watched),
        *audit.groups(monitoring),
        *(logs.groups(collectors) if collectors else ()),
    ]


def groups(models: Sequence[ModelServiceArgs], namespace: str, monitoring: Monitoring) -> Sequence[Group]:
    """Everything that is said of a stack and its models."""
    each = [group for args in models for group in groups_of_model(args, namespace)]
    together = [group for part in parts_of(models).values() for group in groups_of_models(part, namespace)]
    return [*groups_of_stack(models, namespace, monitoring), *together, *each]
