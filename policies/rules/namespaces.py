"""P18: what namespaces ask of their pods."""

import re
from collections.abc import Iterator

from rule import Rule, Severity, Violation, for_kinds
from scope import Scope
from subject import Resource

_NAMESPACE = "core/Namespace"
_ENFORCE = "pod-security.kubernetes.io/enforce"
_ENFORCE_VERSION = f"{_ENFORCE}-version"
_VERSION = re.compile(r"latest|v1\.\d+")


def _holds_pods_of_ours(resource: Resource) -> bool:
    if resource.kind_name != _NAMESPACE:
        return False
    return resource.metadata.get("name").text() not in resource.configuration.system_namespaces


def _enforces_restricted(resource: Resource) -> Iterator[Violation]:
    if not _holds_pods_of_ours(resource):
        return
    enforced = resource.metadata.get("labels").get(_ENFORCE)
    if enforced.text() != "restricted":
        yield Violation.of(enforced)


def _enforces_known_version(resource: Resource) -> Iterator[Violation]:
    if not _holds_pods_of_ours(resource):
        return
    version = resource.metadata.get("labels").get(_ENFORCE_VERSION)
    if version.is_set() and not _VERSION.fullmatch(version.text() or ""):
        yield Violation.of(version, f"Set the label {_ENFORCE_VERSION} to latest, or to a version such as v1.36.")


_OWN_NAMESPACES = Scope((_NAMESPACE,), _holds_pods_of_ours)

RULES = (
    Rule(
        id="P18",
        title="Namespaces enforce Pod Security restricted",
        why="The pack only checks what a stack deploys. This label makes the API server refuse unsafe pods from "
        "everyone else too.",
        severity=Severity.HIGH,
        remedy=f"Set the label {_ENFORCE} to restricted, or name the namespace in systemNamespaces, with a reason.",
        check=for_kinds([_NAMESPACE], _enforces_restricted, _enforces_known_version).about(_OWN_NAMESPACES),
    ),
)
