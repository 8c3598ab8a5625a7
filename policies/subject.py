"""What a rule judges."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from configuration import Configuration
from kinds import Kind, kind_of
from node import Node, plain
from workloads import Pod, pods_of


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A Kubernetes object under judgement, with the stack's configuration of the pack."""

    kind: Kind
    properties: Node
    configuration: Configuration

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """The pods the object carries."""
        return pods_of(self.kind, self.properties)


def resources_in(type_token: str, properties: Mapping[str, Any], configuration: Configuration) -> Iterator[Resource]:
    """The Kubernetes objects that one Pulumi resource stands for: itself, or the items of a ``…List``."""
    kind = kind_of(type_token)
    if kind is None:
        return
    node = Node(plain(properties))
    items = node.at("items")
    if kind.name.endswith("List") and isinstance(items.value, list):
        for item in items.items():
            item_kind = Kind(kind.group, kind.name.removesuffix("List"))
            yield Resource(kind=item_kind, properties=item, configuration=configuration)
    else:
        yield Resource(kind=kind, properties=node, configuration=configuration)
