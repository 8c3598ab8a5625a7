"""What a rule judges."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from claims import claim_nodes
from configuration import Configuration
from kinds import Kind, kind_of
from node import Node, UnreadableError, plain
from workloads import Pod, pods_of


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A Kubernetes object under judgement, with the stack's configuration of the pack.

    ``urn`` is that of the Pulumi resource it came from, and ``is_protected`` whether Pulumi refuses to delete it.
    """

    kind: Kind
    properties: Node
    configuration: Configuration
    urn: str = ""
    is_protected: bool = False

    @cached_property
    def kind_name(self) -> str:
        """The kind as ``group/Kind``."""
        return str(self.kind)

    @property
    def metadata(self) -> Node:
        """The object's metadata."""
        return self.properties.get("metadata")

    @cached_property
    def reference(self) -> str | None:
        """``Kind/namespace/name`` or, without a namespace, ``Kind/name``; None where that cannot be read."""
        try:
            names = [self.metadata.get("namespace").text(), self.metadata.get("name").text()]
        except UnreadableError:
            return None
        return "/".join([self.kind.name, *filter(None, names)])

    @cached_property
    def pods(self) -> tuple[Pod, ...]:
        """The pods the object carries."""
        return pods_of(self.kind, self.properties)

    @cached_property
    def objects(self) -> list[Node]:
        """The object itself and every object below it."""
        return self.properties.objects()

    @cached_property
    def claims(self) -> tuple["Claim", ...]:
        """The claims for storage that the object makes."""
        return tuple(Claim(node, self) for node in claim_nodes(self.kind, self.objects))


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim, or a template of one in its owner."""

    node: Node
    owner: Resource

    @property
    def spec(self) -> Node:
        """What is claimed."""
        return self.node.get("spec")

    def label(self, name: str) -> Node:
        """The claim's label, or where that is absent its owner's, which an operator hands on."""
        own = self.node.get("metadata").get("labels").get(name)
        owners = self.owner.metadata.get("labels").get(name)
        return owners if owners.is_set() and not own.is_set() else own


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A resource as the Pulumi engine describes it to a policy."""

    type_token: str
    properties: Mapping[str, Any]
    urn: str = ""
    is_protected: bool = False


def resources_in(registration: Registration, configuration: Configuration) -> Iterator[Resource]:
    """The Kubernetes objects that one Pulumi resource stands for: itself, or the items of a ``…List``."""
    kind = kind_of(registration.type_token)
    if kind is None:
        return
    node = Node(plain(registration.properties))
    items = node.at("items")
    is_list = kind.name.endswith("List") and isinstance(items.value, list)
    object_kind = Kind(kind.group, kind.name.removesuffix("List")) if is_list else kind
    for properties in items.items() if is_list else (node,):
        yield Resource(
            kind=object_kind,
            properties=properties,
            configuration=configuration,
            urn=registration.urn,
            is_protected=registration.is_protected,
        )
