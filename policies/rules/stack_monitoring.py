"""M10: a failing model raises an alert.

Outside production, where a stack has none of the Prometheus operator's objects, nobody may need to watch it: there the
rule advises.
"""

import re
from collections.abc import Iterator
from typing import TypeVar

from configuration import Level
from label_selectors import LabelIndex, Selector, labels_of
from node import Node
from rule import Outcome, Severity, Violation
from stack import Stack, Workload, namespace_of
from stack_rule import StackRule, missing, of_model_servers
from subject import Resource

T = TypeVar("T")

_GROUP = "monitoring.coreos.com"
_POD_MONITOR = f"{_GROUP}/PodMonitor"
_SERVICE_MONITOR = f"{_GROUP}/ServiceMonitor"
_ALERTS = f"{_GROUP}/PrometheusRule"
_SERVICE = "core/Service"
_NAME_LABEL = "app.kubernetes.io/name"
_WORD = re.compile(r"[\w-]+")


def _is_watched(stack: Stack) -> Iterator[tuple[Resource, Outcome]]:
    level = None if stack.configuration.production or _GROUP in stack.groups() else Level.ADVISORY
    scraped, alerted = _scraped(stack), _alerted(stack)
    for server in stack.model_servers:
        path = server.pod.metadata.path
        if server not in scraped:
            remedy = "Add a PodMonitor or ServiceMonitor whose selector matches the server."
            violation = Violation(path, "not scraped", remedy, level)
            yield server.resource, missing(stack, [_POD_MONITOR, _SERVICE_MONITOR, _SERVICE], violation)
        if _model(server) not in alerted:
            violation = Violation(
                path, "no alerts", "Add a PrometheusRule with alerts whose expressions name the model.", level
            )
            yield server.resource, missing(stack, [_ALERTS], violation)


def _scraped(stack: Stack) -> set[Workload]:
    """The workloads whose pods, or one of whose Services, a monitor selects."""
    scraped = {workload for monitor in stack.of(_POD_MONITOR) for workload in _monitored(stack, monitor, stack.pods)}
    services = _services(stack)
    for monitor in stack.of(_SERVICE_MONITOR):
        for service in _monitored(stack, monitor, services):
            scraped.update(_behind(stack, service))
    return scraped


def _monitored(stack: Stack, monitor: Resource, index: LabelIndex[T]) -> list[T]:
    with stack.reading(monitor.kind_name):
        selector = Selector.of(monitor.properties.get("spec").get("selector"))
        return [thing for name in _monitored_namespaces(monitor, index) for thing in index.selected(name, selector)]
    return []


def _monitored_namespaces(monitor: Resource, index: LabelIndex[T]) -> list[str]:
    """Those named, any, or, by default, the monitor's own."""
    selected = monitor.properties.get("spec").get("namespaceSelector")
    if selected.get("any").boolean():
        return index.namespaces()
    return [name.text() or "" for name in selected.get("matchNames").items()] or [namespace_of(monitor)]


def _services(stack: Stack) -> LabelIndex[Resource]:
    services: LabelIndex[Resource] = LabelIndex()
    for service in stack.of(_SERVICE):
        with stack.reading(_SERVICE):
            services.add(namespace_of(service), labels_of(service.metadata.get("labels")), service)
    return services


def _behind(stack: Stack, service: Resource) -> list[Workload]:
    with stack.reading(_SERVICE):
        labels = labels_of(service.properties.get("spec").get("selector"))
        return stack.pods.selected(namespace_of(service), Selector(labels)) if labels else []
    return []


def _alerted(stack: Stack) -> set[str]:
    """The names in the expressions of alerts. What names no model may be about none, as one that fires always is."""
    alerted: set[str] = set()
    for resource in stack.of(_ALERTS):
        with stack.reading(_ALERTS):
            for group in resource.properties.get("spec").get("groups").items():
                for rule in group.get("rules").items():
                    alerted |= _spoken_of(rule)
    return alerted


def _spoken_of(rule: Node) -> set[str]:
    return set(_WORD.findall(rule.get("expr").text() or "")) if rule.get("alert").text() else set()


def _model(server: Workload) -> str:
    return server.labels.get(_NAME_LABEL, "")


RULES = (
    StackRule(
        id="M10",
        title="Every model has metrics and alerts",
        why="A model can fail without stopping: it answers with errors, or slowly. Without metrics and alerts its "
        "users notice first.",
        severity=Severity.HIGH,
        remedy="Add a PodMonitor for the model, and a PrometheusRule with alerts whose expressions name it.",
        check=of_model_servers(_is_watched),
    ),
)
