"""N03 and N06: the mesh encrypts all traffic, and denies requests by default.

Both ask nothing of a stack that uses no mesh: one without Istio's objects, and without namespaces or pods in the mesh.
"""

from collections.abc import Callable, Iterator

from addresses import is_wide
from node import Node, UnreadableError
from rule import Outcome, Severity, Violation
from stack import Stack, namespace_of
from stack_rule import StackCheck, StackRule, all_of, for_resources, missing
from subject import Resource

_PEER_AUTHENTICATION = "security.istio.io/PeerAuthentication"
_AUTHORIZATION_POLICY = "security.istio.io/AuthorizationPolicy"
_MESH_GROUPS = frozenset({"networking.istio.io", "security.istio.io"})
_NAMESPACE_LABELS = (("istio-injection", "enabled"), ("istio.io/dataplane-mode", "ambient"))
_REVISION_LABEL = "istio.io/rev"
_INJECT = "sidecar.istio.io/inject"
_TARGETS = ("selector", "targetRef", "targetRefs")
_ADDRESSES = ("ipBlocks", "remoteIpBlocks")
_STRICT = (None, "UNSET", "STRICT")


def _mesh_namespaces(stack: Stack) -> dict[str, Resource]:
    """The namespaces with pods in the mesh, each with an object that findings are reported on."""
    found = {name: namespace for name, namespace in stack.namespaces.items() if _is_labelled(namespace)}
    for workload in stack.workloads:
        if workload.labels.get(_INJECT) == "true":
            found.setdefault(workload.namespace, stack.namespaces.get(workload.namespace, workload.resource))
    return found


def _is_labelled(namespace: Resource) -> bool:
    try:
        labels = namespace.metadata.get("labels")
        in_mesh = any(labels.get(label).text() == value for label, value in _NAMESPACE_LABELS)
        return in_mesh or bool(labels.get(_REVISION_LABEL).text())
    except UnreadableError:
        return False


def _parts_of_mesh(stack: Stack) -> dict[str, Resource]:
    """The namespaces in the mesh; where the stack has but objects of a mesh, the stack itself, without a name."""
    namespaces = _mesh_namespaces(stack)
    return {"": stack.itself} if not namespaces and _MESH_GROUPS & stack.groups() else namespaces


def _governed(kind: str, governs: Callable[[Node], bool], found: str) -> StackCheck:
    """A check that one object of ``kind`` that ``governs`` everything stands in every namespace, or in the mesh's."""

    def check(stack: Stack) -> Iterator[tuple[Resource, Outcome]]:
        governed = _governed_namespaces(stack, kind, governs)
        if stack.configuration.mesh_root_namespace in governed:
            return
        for name, resource in _parts_of_mesh(stack).items():
            if name not in governed and (name or not _governs_what_it_has(stack, governed)):
                place = f"namespace {name}" if name else "the mesh"
                yield resource, missing(stack, [kind], Violation(("metadata",), f"{found} for {place}"))

    return StackCheck(("namespaces in the mesh",), lambda stack: _parts_of_mesh(stack).values(), check)


def _governs_what_it_has(stack: Stack, governed: set[str]) -> bool:
    """Whether all of the mesh's objects are in namespaces that are ``governed``: somebody else has the namespaces."""
    try:
        return {namespace_of(each) for each in stack.of_groups(_MESH_GROUPS)} <= governed
    except UnreadableError:
        return False


def _governed_namespaces(stack: Stack, kind: str, governs: Callable[[Node], bool]) -> set[str]:
    governed: set[str] = set()
    for resource in stack.of(kind):
        with stack.reading(kind):
            spec = resource.properties.get("spec")
            if not any(spec.get(target).is_set() for target in _TARGETS) and governs(spec):
                governed.add(namespace_of(resource))
    return governed


def _is_strict(spec: Node) -> bool:
    return spec.get("mtls").get("mode").text() == "STRICT"


def _denies_all(spec: Node) -> bool:
    """An ALLOW policy without rules allows nothing."""
    return spec.get("action").text() in (None, "ALLOW") and not spec.get("rules").items()


def _weakens_nothing(_: Stack, authentication: Resource) -> Iterator[Violation]:
    spec = authentication.properties.get("spec")
    ports = spec.get("portLevelMtls").entries()
    for mtls in (spec.get("mtls"), *(port for _, port in ports)):
        if mtls.get("mode").text() not in _STRICT:
            yield Violation.of(mtls.get("mode"))


def _allows_somebody(_: Stack, policy: Resource) -> Iterator[Violation]:
    spec = policy.properties.get("spec")
    if spec.get("action").text() not in (None, "ALLOW"):
        return
    for rule in spec.get("rules").items():
        sources = [each.get("source") for each in rule.get("from").items()]
        if not rule.get("when").items() and (not sources or any(_is_everybody(source) for source in sources)):
            yield Violation(rule.path, "everybody", "Set rules[].from to the callers that are meant.")


def _is_everybody(source: Node) -> bool:
    """Whether each list of a source, of which every one must hold, has an entry that stands for all."""
    lists = [(key, values) for key, values in source.entries() if not key.startswith("not")]
    return all(any(_stands_for_all(key, each.text() or "") for each in values.items()) for key, values in lists)


def _stands_for_all(key: str, name: str) -> bool:
    if key in _ADDRESSES:
        return is_wide(name)
    # Whoever has a token of a known issuer is somebody.
    return key != "requestPrincipals" and not name.strip("*")


RULES = (
    StackRule(
        id="N03",
        title="The mesh requires mutual TLS",
        why="In permissive mode the mesh still accepts plain text, so whoever is on the network can read requests or "
        "pose as a client.",
        severity=Severity.HIGH,
        remedy="Set mtls.mode to STRICT in a PeerAuthentication without a selector, and to no other mode elsewhere.",
        check=all_of(
            _governed(_PEER_AUTHENTICATION, _is_strict, "no STRICT PeerAuthentication"),
            for_resources([_PEER_AUTHENTICATION], _weakens_nothing),
        ),
    ),
    StackRule(
        id="N06",
        title="The mesh denies requests by default",
        why="Mutual TLS proves who calls, not that they may. Without a default that denies, every workload in the "
        "mesh may call every model.",
        severity=Severity.HIGH,
        remedy="Add an AuthorizationPolicy with an empty spec, and allow each caller in a policy of its own.",
        check=all_of(
            _governed(_AUTHORIZATION_POLICY, _denies_all, "no AuthorizationPolicy that denies by default"),
            for_resources([_AUTHORIZATION_POLICY], _allows_somebody),
        ),
    ),
)
