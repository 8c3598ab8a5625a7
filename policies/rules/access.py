"""R01 to R06 and R08: permissions for the Kubernetes API (CIS Kubernetes Benchmark 5.1)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from configuration import Level
from node import Node
from rule import Check, Rule, Severity, Violation, all_of, for_each, for_kinds, of_kinds
from subject import Resource

_GROUP = "rbac.authorization.k8s.io"
_ROLES = (f"{_GROUP}/Role", f"{_GROUP}/ClusterRole")
_BINDINGS = (f"{_GROUP}/RoleBinding", f"{_GROUP}/ClusterRoleBinding")
_EVERYBODY = frozenset({"system:masters", "system:anonymous", "system:unauthenticated"})
_READ = frozenset({"get", "list", "watch"})
_WRITE = frozenset({"create", "update", "patch", "delete", "deletecollection"})
# On roles whose holders deploy workloads: the reason.
POD_CREATION_REASON = "inference/pod-creation-reason"
_LISTS = ("apiGroups", "resources", "verbs", "nonResourceURLs")


@dataclass(frozen=True)
class Power:
    """Verbs on resources of an API group that a role should not grant."""

    group: str
    resources: frozenset[str]
    verbs: frozenset[str]


_POD_CREATION = (
    Power("", frozenset({"pods", "replicationcontrollers"}), frozenset({"create"})),
    Power("apps", frozenset({"deployments", "statefulsets", "daemonsets", "replicasets"}), frozenset({"create"})),
    Power("batch", frozenset({"jobs", "cronjobs"}), frozenset({"create"})),
)
_POD_ENTRY = (
    Power("", frozenset({"pods/exec", "pods/attach", "pods/portforward"}), frozenset({"create", "get"})),
    Power("", frozenset({"pods/ephemeralcontainers"}), frozenset({"update", "patch"})),
)
_ESCALATION = frozenset({"bind", "escalate", "impersonate"})
_CLUSTER_POWERS = (
    Power("", frozenset({"nodes/proxy"}), _READ | _WRITE),
    Power("", frozenset({"serviceaccounts/token", "persistentvolumes"}), frozenset({"create"})),
    Power("certificates.k8s.io", frozenset({"certificatesigningrequests/approval"}), frozenset({"update", "patch"})),
    Power("certificates.k8s.io", frozenset({"signers"}), frozenset({"approve", "sign"})),
    Power(
        "admissionregistration.k8s.io",
        frozenset({"validatingwebhookconfigurations", "mutatingwebhookconfigurations"}),
        _WRITE,
    ),
)
_SECRET_READ = Power("", frozenset({"secrets"}), _READ)


def _grants(role: Resource) -> list[Node]:
    return role.properties.get("rules").items()


def _unexplained_grants(role: Resource) -> list[Node]:
    reason = role.properties.get("metadata").get("annotations").get(POD_CREATION_REASON)
    return [] if (reason.text() or "").strip() else _grants(role)


def _subjects(binding: Resource) -> list[Node]:
    return binding.properties.get("subjects").items()


def _texts(grant: Node, key: str) -> frozenset[str]:
    return frozenset(item.text() or "" for item in grant.get(key).items())


def _gives(grant: Node, power: Power) -> bool:
    """Whether ``grant`` includes some of ``power``; a wildcard includes everything."""
    wanted = (("apiGroups", frozenset({power.group})), ("resources", power.resources), ("verbs", power.verbs))
    return all(_texts(grant, key) & (names | {"*"}) for key, names in wanted)


def _gives_none_of(powers: Iterable[Power]) -> Callable[[Node], Iterator[Violation]]:
    def check(grant: Node) -> Iterator[Violation]:
        for power in powers:
            if _gives(grant, power):
                found = f"{', '.join(sorted(power.verbs))} of {', '.join(sorted(power.resources))}, or some of them"
                yield Violation(grant.path, found)

    return check


def _no_cluster_admin(binding: Resource) -> Iterator[Violation]:
    role = binding.properties.get("roleRef").get("name")
    if role.text() == "cluster-admin":
        yield Violation.of(role)


def _no_wildcard(grant: Node) -> Iterator[Violation]:
    for key in _LISTS:
        for item in grant.get(key).items():
            if "*" in (item.text() or ""):
                yield Violation.of(item)


def _no_broad_secret_read(grant: Node) -> Iterator[Violation]:
    if _gives(grant, _SECRET_READ) and not any(_texts(grant, "resourceNames")):
        yield Violation(grant.path, "reads every Secret")


def _no_escalation(grant: Node) -> Iterator[Violation]:
    for verb in grant.get("verbs").items():
        if verb.text() in _ESCALATION:
            yield Violation.of(verb)


def _is_somebody(subject: Node) -> Iterator[Violation]:
    if subject.get("name").text() in _EVERYBODY:
        yield Violation.of(subject.get("name"))


def _for_grants(check: Callable[[Node], Iterator[Violation]]) -> Check:
    return of_kinds(_ROLES, for_each(_grants, check))


RULES = (
    Rule(
        id="R01",
        title="The cluster-admin role is not granted",
        why="cluster-admin can do everything in every namespace: read all Secrets, change all workloads, and grant "
        "the same to others.",
        severity=Severity.CRITICAL,
        remedy="Set roleRef.name to a role that grants what is needed, and no more.",
        check=for_kinds(_BINDINGS, _no_cluster_admin),
    ),
    Rule(
        id="R02",
        title="Roles do not use wildcards",
        why="A wildcard grants everything that exists today, and everything that a later version or another operator "
        "adds.",
        severity=Severity.HIGH,
        remedy="Replace the wildcard in rules[].apiGroups, resources, verbs or nonResourceURLs by names.",
        check=_for_grants(_no_wildcard),
    ),
    Rule(
        id="R03",
        title="Roles read only named Secrets",
        why="Such a role also reads Secrets that are added later, including other teams' credentials. Listing and "
        "watching return their contents too.",
        severity=Severity.HIGH,
        remedy="Set rules[].resourceNames to the Secrets that are needed, or mount them in the pod that needs them.",
        check=_for_grants(_no_broad_secret_read),
    ),
    Rule(
        id="R04",
        title="Pod creation and exec are restricted",
        why="Whoever creates a pod chooses its service account, its volumes and the Secrets in it; whoever opens a "
        "shell in one has whatever the pod has. Few roles should allow either.",
        severity=Severity.MEDIUM,
        remedy="Remove the resource from rules[].resources: a pod gives its creator all permissions of its account. "
        f"A role for deployments states why in its annotation {POD_CREATION_REASON}.",
        check=all_of(
            _for_grants(_gives_none_of(_POD_ENTRY)),
            of_kinds(_ROLES, for_each(_unexplained_grants, _gives_none_of(_POD_CREATION))),
        ),
        level=Level.ADVISORY,
    ),
    Rule(
        id="R05",
        title="Roles cannot escalate or impersonate",
        why="bind and escalate let an account grant permissions that it does not have; impersonate lets it act as "
        "another user.",
        severity=Severity.CRITICAL,
        remedy="Remove bind, escalate and impersonate from rules[].verbs.",
        check=_for_grants(_no_escalation),
    ),
    Rule(
        id="R06",
        title="Roles cannot bypass the API server's checks",
        why="These permissions bypass admission, authorisation or the audit log: the kubelet's API behind "
        "nodes/proxy, new tokens, signed certificates and changed webhooks.",
        severity=Severity.HIGH,
        remedy="Remove the resource from rules[].resources; only the platform team may have this permission.",
        check=_for_grants(_gives_none_of(_CLUSTER_POWERS)),
    ),
    Rule(
        id="R08",
        title="Nothing is granted to everyone or to system:masters",
        why="The group system:masters bypasses authorisation and cannot be revoked. The anonymous user and the group "
        "system:unauthenticated stand for everyone who reaches the API server.",
        severity=Severity.CRITICAL,
        remedy="Set subjects[].name to the users, groups or accounts that need the role.",
        check=of_kinds(_BINDINGS, for_each(_subjects, _is_somebody)),
    ),
)
