"""R01 to R06 and R08: permissions for the Kubernetes API (CIS Kubernetes Benchmark 5.1)."""

from collections.abc import Callable, Iterable, Iterator

from configuration import Level
from grants import READ, WRITE, Power, given, texts
from label_selectors import names_nothing
from node import Node
from rule import Check, Rule, Severity, Violation, all_of, for_each, for_kinds, of_kinds
from subject import Resource

_GROUP = "rbac.authorization.k8s.io"
_CLUSTER_ROLE = f"{_GROUP}/ClusterRole"
_ROLES = (f"{_GROUP}/Role", _CLUSTER_ROLE)
_CLUSTER_BINDING = f"{_GROUP}/ClusterRoleBinding"
_BINDINGS = (f"{_GROUP}/RoleBinding", _CLUSTER_BINDING)
_FLOW_SCHEMA = "flowcontrol.apiserver.k8s.io/FlowSchema"
_AUTHENTICATED = ("system:authenticated", "system:serviceaccounts")
_EVERYBODY = frozenset({"system:masters", "system:anonymous", "system:unauthenticated", *_AUTHENTICATED})
# What Kubernetes itself lets everyone read who has logged in: which APIs there are, and who they are.
_FOR_EVERYBODY = frozenset({"system:basic-user", "system:discovery", "system:public-info-viewer"})
# Built-in roles that are the whole cluster wherever they are bound, and those that are so in every namespace.
_ALL_POWERFUL = frozenset({"cluster-admin", "system:kube-controller-manager", "system:kube-scheduler", "system:node"})
_POWERFUL_EVERYWHERE = frozenset({"admin", "edit"})
_CONTROLLERS = "system:controller:"
_TO_VIEW = f"{_GROUP}/aggregate-to-view"
_KUBE_SYSTEM = "kube-system"
# On roles whose holders deploy workloads: the reason.
POD_CREATION_REASON = "inference/pod-creation-reason"
_LISTS = ("apiGroups", "resources", "verbs", "nonResourceURLs")

_CHANGE = frozenset({"create", "update", "patch"})
_POD_CREATION = (
    Power("", frozenset({"pods", "replicationcontrollers", "serviceaccounts"}), _CHANGE),
    Power("apps", frozenset({"deployments", "statefulsets", "daemonsets", "replicasets"}), _CHANGE),
    Power("batch", frozenset({"jobs", "cronjobs"}), _CHANGE),
    Power("networking.k8s.io", frozenset({"networkpolicies"}), WRITE),
)
_POD_ENTRY = (
    Power("", frozenset({"pods/exec", "pods/attach", "pods/portforward"}), frozenset({"create", "get"})),
    Power("", frozenset({"pods/ephemeralcontainers"}), frozenset({"update", "patch"})),
    Power("", frozenset({"pods/proxy", "services/proxy"}), READ | WRITE),
)
_ESCALATION = frozenset({"bind", "escalate"})
_IMPERSONATION = "impersonate"
_ADMISSION = frozenset(
    f"{effect}{kind}"
    for effect in ("validating", "mutating")
    for kind in ("webhookconfigurations", "admissionpolicies", "admissionpolicybindings")
)
_CLUSTER_POWERS = (
    Power("", frozenset({"nodes/proxy"}), READ | WRITE),
    Power("", frozenset({"serviceaccounts/token"}), frozenset({"create"})),
    Power("", frozenset({"persistentvolumes"}), _CHANGE),
    Power("", frozenset({"namespaces"}), frozenset({"update", "patch"})),
    Power("certificates.k8s.io", frozenset({"certificatesigningrequests"}), frozenset({"create"})),
    Power("certificates.k8s.io", frozenset({"certificatesigningrequests/approval"}), frozenset({"update", "patch"})),
    Power("certificates.k8s.io", frozenset({"signers"}), frozenset({"approve", "sign"})),
    Power("admissionregistration.k8s.io", _ADMISSION, WRITE),
)
_KUBELET = (Power("", frozenset({"nodes/configz", "nodes/log", "nodes/metrics", "nodes/pods", "nodes/stats"}), READ),)
# Whom the cluster trusts, and what its names mean, is in ConfigMaps there.
_SYSTEM_SETTINGS = (Power("", frozenset({"configmaps"}), WRITE),)
_SECRETS = (Power("", frozenset({"secrets"}), READ | WRITE),)


def _grants(role: Resource) -> list[Node]:
    return role.properties.get("rules").items()


def _unexplained_grants(role: Resource) -> list[Node]:
    reason = role.properties.get("metadata").get("annotations").get(POD_CREATION_REASON)
    return [] if (reason.text() or "").strip() else _grants(role)


def _grants_in_kube_system(role: Resource) -> list[Node]:
    return _grants(role) if role.metadata.get("namespace").text() == _KUBE_SYSTEM else []


def _grants_for_viewers(role: Resource) -> list[Node]:
    return _grants(role) if role.metadata.get("labels").get(_TO_VIEW).text() == "true" else []


def _subjects(binding: Resource) -> list[Node]:
    if binding.properties.get("roleRef").get("name").text() in _FOR_EVERYBODY:
        return []
    return binding.properties.get("subjects").items()


def _gives_none_of(powers: Iterable[Power], level: Level | None = None) -> Callable[[Node], Iterator[Violation]]:
    def check(grant: Node) -> Iterator[Violation]:
        found = given(grant, powers)
        if found:
            yield Violation(grant.path, found, level=level)

    return check


def _no_powerful_role(binding: Resource) -> Iterator[Violation]:
    role = binding.properties.get("roleRef").get("name")
    name = role.text() or ""
    in_every_namespace = binding.kind_name == _CLUSTER_BINDING and name in _POWERFUL_EVERYWHERE
    if in_every_namespace or name in _ALL_POWERFUL or name.startswith(_CONTROLLERS):
        yield Violation.of(role)


def _no_wildcard(grant: Node) -> Iterator[Violation]:
    wildcards = {key: [item for item in grant.get(key).items() if "*" in (item.text() or "")] for key in _LISTS}
    found = [item for items in wildcards.values() for item in items]
    if len(found) == 1:
        yield Violation.of(found[0])
    elif found:
        yield Violation(grant.path, f"wildcards in {', '.join(key for key, items in wildcards.items() if items)}")


def _aggregates_some(role: Resource) -> Iterator[Violation]:
    for selector in role.properties.get("aggregationRule").get("clusterRoleSelectors").items():
        if names_nothing(selector):
            remedy = "Set clusterRoleSelectors[].matchLabels: this selects every ClusterRole, cluster-admin included."
            yield Violation(selector.path, "every ClusterRole", remedy)


def _only_named_secrets(grant: Node) -> Iterator[Violation]:
    found = given(grant, _SECRETS)
    if found and not any(texts(grant, "resourceNames")):
        yield Violation(grant.path, f"{found}: every Secret")


def _no_secret_for_viewers(grant: Node) -> Iterator[Violation]:
    found = given(grant, _SECRETS)
    if found and any(texts(grant, "resourceNames")):
        yield Violation(grant.path, f"{found}, for everyone with the role view", f"Remove the label {_TO_VIEW}.")


def _no_escalation(grant: Node) -> Iterator[Violation]:
    for verb in grant.get("verbs").items():
        # Limited impersonation has verbs of its own, such as impersonate:user-info.
        if verb.text() in _ESCALATION or (verb.text() or "").startswith(_IMPERSONATION):
            yield Violation.of(verb)


def _is_somebody(subject: Node) -> Iterator[Violation]:
    name = subject.get("name")
    if name.text() in _EVERYBODY or (name.text() or "").startswith("system:serviceaccounts:"):
        yield Violation.of(name)


def _flows_of_somebody(schema: Resource) -> Iterator[Violation]:
    spec = schema.properties.get("spec")
    if spec.get("priorityLevelConfiguration").get("name").text() != "exempt":
        return
    for rule in spec.get("rules").items():
        for subject in rule.get("subjects").items():
            for kind in ("group", "user"):
                name = subject.get(kind).get("name")
                if name.text() in (_EVERYBODY | {"*"}):
                    yield Violation.of(name, "Name another priority level: nothing bounds the requests of exempt ones.")


def _for_grants(check: Callable[[Node], Iterator[Violation]]) -> Check:
    return of_kinds(_ROLES, for_each(_grants, check))


RULES = (
    Rule(
        id="R01",
        title="The cluster's most powerful roles are not granted",
        why="cluster-admin can do everything in every namespace. The roles of Kubernetes' own components, and admin "
        "and edit bound for all namespaces, read all Secrets and change all workloads.",
        severity=Severity.CRITICAL,
        remedy="Set roleRef.name to a role that grants what is needed, and no more.",
        check=for_kinds(_BINDINGS, _no_powerful_role),
    ),
    Rule(
        id="R02",
        title="Roles do not use wildcards",
        why="A wildcard grants everything that exists today, and everything that a later version or another operator "
        "adds.",
        severity=Severity.HIGH,
        remedy="Replace the wildcard in rules[].apiGroups, resources, verbs or nonResourceURLs by names.",
        check=all_of(_for_grants(_no_wildcard), for_kinds([_CLUSTER_ROLE], _aggregates_some)),
    ),
    Rule(
        id="R03",
        title="Roles reach only named Secrets",
        why="Such a role also reaches Secrets that are added later, including other teams' credentials. Listing "
        "returns their contents, and a Secret that is created can hold a token of any account.",
        severity=Severity.HIGH,
        remedy="Set rules[].resourceNames to the Secrets that are needed, or mount them in the pod that needs them.",
        check=all_of(
            _for_grants(_only_named_secrets),
            of_kinds([_CLUSTER_ROLE], for_each(_grants_for_viewers, _no_secret_for_viewers)),
        ),
    ),
    Rule(
        id="R04",
        title="Deployment and access to pods are restricted",
        why="Whoever creates or changes a pod chooses its service account, its volumes and the Secrets in it; whoever "
        "opens a shell in one, or what isolates it, has whatever the pod has. Few roles should allow that.",
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
        why="These permissions bypass admission, authorisation or isolation: the kubelet's API, new tokens and "
        "certificates, changed admission, volumes of a node, and labels of namespaces.",
        severity=Severity.HIGH,
        remedy="Remove the resource from rules[].resources; only the platform team may have this permission.",
        check=all_of(
            _for_grants(_gives_none_of(_CLUSTER_POWERS)),
            _for_grants(_gives_none_of(_KUBELET, Level.ADVISORY)),
            of_kinds(_ROLES, for_each(_grants_in_kube_system, _gives_none_of(_SYSTEM_SETTINGS))),
        ),
    ),
    Rule(
        id="R08",
        title="Nothing is granted to everyone or to system:masters",
        why="The group system:masters bypasses authorisation and cannot be revoked. The anonymous user and the groups "
        "of all who are authenticated, or are not, stand for everyone who reaches the API server, pods included.",
        severity=Severity.CRITICAL,
        remedy="Set subjects[].name to the users, groups or accounts that need the role.",
        check=all_of(
            of_kinds(_BINDINGS, for_each(_subjects, _is_somebody)), for_kinds([_FLOW_SCHEMA], _flows_of_somebody)
        ),
    ),
)
