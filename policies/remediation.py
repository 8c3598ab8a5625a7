"""Filling in what a pod leaves out, where that is safe.

A remediation never overrules what someone wrote down, never touches what a preview cannot know, and leaves custom
resources alone: their schemas decide what a pod template there may hold.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from node import JsonValue, Path, UnreadableError
from subject import Resource
from workloads import Container, ContainerKind, Pod


@dataclass(frozen=True)
class Change:
    """A property to set."""

    path: Path
    value: JsonValue


Remediate = Callable[[Resource], Iterator[Change]]


def together(*remediations: Remediate) -> Remediate:
    """One remediation out of several."""
    return lambda resource: (change for remediate in remediations for change in remediate(resource))


def fill_in(change: Callable[[Resource], Iterator[Change]]) -> Remediate:
    """A remediation of the object as a whole."""

    def remediate(resource: Resource) -> Iterator[Change]:
        try:
            yield from change(resource)
        except UnreadableError:
            return

    return remediate


def fill_in_pods(change: Callable[[Pod], Iterator[Change]]) -> Remediate:
    """A remediation of every Linux pod."""

    def remediate(resource: Resource) -> Iterator[Change]:
        for pod in resource.pods:
            try:
                if pod.spec.is_set() and not pod.is_custom() and not pod.is_windows():
                    yield from change(pod)
            except UnreadableError:
                continue

    return remediate


def fill_in_containers(change: Callable[[Container], Iterator[Change]]) -> Remediate:
    """A remediation of every container of every Linux pod."""

    def of_pod(pod: Pod) -> Iterator[Change]:
        for kind in ContainerKind:
            yield from _of_containers(pod, kind, change)

    return fill_in_pods(of_pod)


def _of_containers(pod: Pod, kind: ContainerKind, change: Callable[[Container], Iterator[Change]]) -> Iterator[Change]:
    try:
        containers = list(pod.containers(kind))
    except UnreadableError:
        return
    for container in containers:
        try:
            if container.node.is_set():
                yield from change(container)
        except UnreadableError:
            continue


def apply(changes: list[Change], properties: Any) -> None:  # noqa: ANN401 - the SDK's proxies have no types
    """Set ``changes`` in the SDK's ``properties``, in place: its proxies keep secrets secret."""
    for change in changes:
        target = properties
        for step in change.path[:-1]:
            if isinstance(step, str) and target.get(step) is None:
                target[step] = {}
            target = target[step]
        target[change.path[-1]] = change.value
