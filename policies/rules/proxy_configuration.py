"""N10: an Ingress says where requests go, and nothing that becomes the proxy's own configuration."""

import re
from collections.abc import Iterator

from node import Node
from rule import Rule, Severity, Violation, all_of, for_each, for_kinds, of_kinds
from subject import Resource

_INGRESS = "networking.k8s.io/Ingress"
# Of the controllers by Kubernetes, NGINX and HAProxy: text that is put into the configuration as it is.
_SNIPPET = re.compile(
    r"(?:nginx\.ingress\.kubernetes\.io|nginx\.(?:org|com))/(?:[\w-]+-)?snippets?|nginx\.(?:org|com)/.*-snippets?"
    r"|(?:haproxy\.org|haproxy-ingress\.github\.io|ingress\.kubernetes\.io)/(?:[\w-]+-)?(?:config|snippet)[\w-]*"
)
_PATH = re.compile(r"/[\w./~%!&'()*+,=:@^$?\[\]|\\-]*")


def _has_no_snippet(ingress: Resource) -> Iterator[Violation]:
    for name, annotation in ingress.metadata.get("annotations").entries():
        if _SNIPPET.fullmatch(name) and (annotation.text() or "").strip():
            yield Violation(annotation.path, "configuration of the proxy")


def _paths(ingress: Resource) -> Iterator[Node]:
    for rule in ingress.properties.get("spec").get("rules").items():
        yield from (path.get("path") for path in rule.get("http").get("paths").items())


def _is_a_path(path: Node) -> Iterator[Violation]:
    if path.text() and not _PATH.fullmatch(path.text() or ""):
        remedy = "Set path to a path of the server, without spaces, braces, quotes and semicolons."
        yield Violation.of(path, remedy)


RULES = (
    Rule(
        id="N10",
        title="Ingresses add nothing to the proxy's configuration",
        why="The proxy serves every namespace, and can read their certificates. Whoever writes into its configuration "
        "reads them too, or takes over the routes of others.",
        severity=Severity.HIGH,
        remedy="Remove the annotation, and use those that set one thing each.",
        check=all_of(for_kinds([_INGRESS], _has_no_snippet), of_kinds([_INGRESS], for_each(_paths, _is_a_path))),
    ),
)
