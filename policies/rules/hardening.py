"""P16: hardening beyond the Pod Security Standards (NSA/CISA Kubernetes Hardening Guide)."""

from collections.abc import Iterator

from rule import Rule, Severity, Violation, for_containers
from workloads import Container


def _read_only_root(container: Container) -> Iterator[Violation]:
    # Windows cannot do it, and the API server refuses the field there.
    read_only = container.security_context.get("readOnlyRootFilesystem")
    if not container.pod.is_windows() and read_only.boolean() is not True:
        yield Violation.of(read_only)


RULES = (
    Rule(
        id="P16",
        title="Root file systems are read-only",
        severity=Severity.MEDIUM,
        remedy="Set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the process writes.",
        check=for_containers(_read_only_root),
    ),
)
