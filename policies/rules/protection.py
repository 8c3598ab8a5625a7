"""M11: what holds data is not deleted by a slip."""

from collections.abc import Iterator

from rule import Check, Rule, Severity, Violation, for_resource
from scope import Scope
from subject import Resource

_STATEFUL_KINDS = frozenset(
    {"apiextensions.k8s.io/CustomResourceDefinition", "core/PersistentVolume", "core/PersistentVolumeClaim"}
)


def _holds_data(resource: Resource) -> bool:
    is_stateful = resource.kind_name in _STATEFUL_KINDS or bool(resource.claims)
    return resource.configuration.production and is_stateful


def _is_protected(resource: Resource) -> Iterator[Violation]:
    if _holds_data(resource) and not resource.is_protected:
        yield Violation(("protect",), "not set")


RULES = (
    Rule(
        id="M11",
        title="Resources that hold data are protected",
        why="A renamed resource or a mistaken pulumi destroy deletes a volume with everything on it. With protection,"
        " that takes a deliberate step.",
        severity=Severity.HIGH,
        remedy="Set the resource option protect to true.",
        check=Check(Scope(("everything that holds data in production",), _holds_data), for_resource(_is_protected)),
    ),
)
