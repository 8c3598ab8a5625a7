"""The environment variables of containers."""

from collections.abc import Iterable, Iterator

from node import Node
from workloads import Container


def variables(container: Container) -> list[Node]:
    """The entries of the container's ``env``."""
    return container.node.get("env").items()


def variable(containers: Iterable[Container], name: str) -> Iterator[Node]:
    """The entries of ``name`` in ``containers``."""
    for container in containers:
        yield from (entry for entry in variables(container) if entry.get("name").text() == name)
