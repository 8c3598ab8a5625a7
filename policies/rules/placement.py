"""P19: where objects are put."""

from collections.abc import Iterator

from kinds import is_cluster_scoped
from rule import Check, Rule, Severity, Violation, for_resource
from scope import Scope
from subject import Resource


def _has_namespace(resource: Resource) -> bool:
    return not (is_cluster_scoped(resource.kind) or str(resource.kind) in resource.configuration.cluster_scoped_kinds)


def _outside_default_namespace(resource: Resource) -> Iterator[Violation]:
    if not _has_namespace(resource):
        return
    namespace = resource.properties.get("metadata").get("namespace")
    if namespace.text() in (None, "", "default"):
        yield Violation.of(namespace)


RULES = (
    Rule(
        id="P19",
        title="Nothing uses the default namespace",
        why="Quotas, network policies and access are set for each namespace. In the default namespace they would "
        "apply to whatever else happens to be there.",
        severity=Severity.MEDIUM,
        remedy="Set metadata.namespace to a namespace of the platform.",
        check=Check(Scope(("every kind with a namespace",), _has_namespace), for_resource(_outside_default_namespace)),
    ),
)
