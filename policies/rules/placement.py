"""P19: where objects are put."""

from collections.abc import Iterator

from kinds import is_cluster_scoped
from rule import Rule, Severity, Violation, for_resource
from subject import Resource


def _outside_default_namespace(resource: Resource) -> Iterator[Violation]:
    if is_cluster_scoped(resource.kind) or str(resource.kind) in resource.configuration.cluster_scoped_kinds:
        return
    namespace = resource.properties.get("metadata").get("namespace")
    if namespace.text() in (None, "", "default"):
        yield Violation.of(namespace)


RULES = (
    Rule(
        id="P19",
        title="Nothing lives in the default namespace",
        severity=Severity.MEDIUM,
        remedy="Set metadata.namespace to a namespace of the platform.",
        check=for_resource(_outside_default_namespace),
    ),
)
