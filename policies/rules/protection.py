"""M11: what holds data is not deleted by a slip."""

from collections.abc import Iterator

from rule import Rule, Severity, Violation, for_resource
from subject import Resource

_STATEFUL_KINDS = frozenset(
    {"apiextensions.k8s.io/CustomResourceDefinition", "core/PersistentVolume", "core/PersistentVolumeClaim"}
)


def _is_protected(resource: Resource) -> Iterator[Violation]:
    if not resource.configuration.production or resource.is_protected:
        return
    if resource.kind_name in _STATEFUL_KINDS or resource.claims:
        yield Violation(("protect",), "not set")


RULES = (
    Rule(
        id="M11",
        title="Pulumi refuses to delete what holds data",
        severity=Severity.HIGH,
        remedy="Set the resource option protect to true.",
        check=for_resource(_is_protected),
    ),
)
