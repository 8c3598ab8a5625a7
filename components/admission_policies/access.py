"""R01 to R08 of the objects in a namespace: who may do what with the Kubernetes API."""

from collections.abc import Mapping, Sequence

from components.admission_policies import cel
from components.admission_policies.rule import Check, Rule
from components.metadata import API_TOKEN_REASON, POD_CREATION_REASON
from settings import RuleLevel

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "": ("serviceaccounts",),
    "rbac.authorization.k8s.io": ("roles", "rolebindings"),
}
JUDGED = '["rules", "roleRef", "subjects", "automountServiceAccountToken"].map(f, it[?f]) + [it.metadata.?annotations]'
VARIABLES: Mapping[str, str] = {
    # A role without rules has null there.
    "grants": "dyn(object).?rules.orValue(null) == null ? [] : dyn(object).rules",
    "subjects": "dyn(object).?subjects.orValue([])",
    "role": 'dyn(object).?roleRef.?name.orValue("")',
    "podCreationReason": f'dyn(object).metadata.?annotations[?{cel.text(POD_CREATION_REASON)}].orValue("")',
}

_READ = ("get", "list", "watch")
_WRITE = ("create", "update", "patch", "delete", "deletecollection")

# API group, resources and verbs that a role should not grant.
_Powers = Sequence[tuple[str, Sequence[str], Sequence[str]]]
_CHANGE = ("create", "update", "patch")
_POD_ENTRY: _Powers = (
    ("", ("pods/exec", "pods/attach", "pods/portforward"), ("create", "get")),
    ("", ("pods/ephemeralcontainers",), ("update", "patch")),
    ("", ("pods/proxy", "services/proxy"), (*_READ, *_WRITE)),
)
_POD_CREATION: _Powers = (
    ("", ("pods", "replicationcontrollers", "serviceaccounts"), _CHANGE),
    ("apps", ("deployments", "statefulsets", "daemonsets", "replicasets"), _CHANGE),
    ("batch", ("jobs", "cronjobs"), _CHANGE),
    ("networking.k8s.io", ("networkpolicies",), _WRITE),
)
_ADMISSION = tuple(
    f"{effect}{kind}"
    for effect in ("validating", "mutating")
    for kind in ("webhookconfigurations", "admissionpolicies", "admissionpolicybindings")
)
_CLUSTER_POWERS: _Powers = (
    ("", ("nodes/proxy",), (*_READ, *_WRITE)),
    ("", ("serviceaccounts/token",), ("create",)),
    ("", ("persistentvolumes",), _CHANGE),
    ("", ("namespaces",), ("update", "patch")),
    ("certificates.k8s.io", ("certificatesigningrequests",), ("create",)),
    ("certificates.k8s.io", ("certificatesigningrequests/approval",), ("update", "patch")),
    ("certificates.k8s.io", ("signers",), ("approve", "sign")),
    ("admissionregistration.k8s.io", _ADMISSION, _WRITE),
)
_SECRETS: _Powers = (("", ("secrets",), (*_READ, *_WRITE)),)
_POWERFUL = ("cluster-admin", "system:kube-controller-manager", "system:kube-scheduler", "system:node")
_EVERYBODY = ("system:masters", "system:anonymous", "system:unauthenticated", "system:authenticated")
_ACCOUNTS = "system:serviceaccounts"
_LISTS = ("apiGroups", "resources", "verbs", "nonResourceURLs")


def _grants(broken: str) -> str:
    """The role, where ``broken`` holds for a grant ``g`` of it."""
    return cel.place("rules", f"variables.grants.exists(g, {broken})")


def _gives(powers: _Powers) -> str:
    """Whether the grant ``g`` includes some of ``powers``; one on every resource is R02's alone."""
    return cel.any_of(
        *(
            " && ".join(
                _includes(key, wanted) for key, wanted in zip(_LISTS, ((group,), resources, verbs), strict=False)
            )
            for group, resources, verbs in powers
        )
    )


def _includes(key: str, names: Sequence[str]) -> str:
    wildcard = () if key == "resources" else ("*",)
    return f"g.?{key}.orValue([]).exists(n, n in {cel.texts([*names, *wildcard])})"


def _subjects(broken: str) -> str:
    return f"variables.subjects.filter(s, {broken}).map(s, s.name)"


RULES = (
    Rule(
        id="R01",
        title="The cluster's most powerful roles are not granted",
        remedy="Set roleRef.name to a role that grants what is needed, and no more.",
        checks=(
            Check(
                cel.place(
                    "roleRef.name",
                    f'variables.role in {cel.texts(_POWERFUL)} || variables.role.startsWith("system:controller:")',
                )
            ),
        ),
    ),
    Rule(
        id="R02",
        title="Roles do not use wildcards",
        remedy="Replace the wildcard in rules[].apiGroups, resources, verbs or nonResourceURLs by names.",
        checks=(Check(_grants(f'{cel.texts(_LISTS)}.exists(k, g[?k].orValue([]).exists(n, n.contains("*")))')),),
    ),
    Rule(
        id="R03",
        title="Roles reach only named Secrets",
        remedy="Set rules[].resourceNames to the Secrets that are needed, or mount them in the pod that needs them.",
        checks=(Check(_grants(f'({_gives(_SECRETS)}) && !g.?resourceNames.orValue([]).exists(n, n != "")')),),
    ),
    Rule(
        id="R04",
        title="Deployment and access to pods are restricted",
        remedy=(
            "Remove the resource from rules[].resources: a pod gives its creator all permissions of its account. "
            f"A role for deployments states why in its annotation {POD_CREATION_REASON}."
        ),
        checks=(
            Check(_grants(_gives(_POD_ENTRY))),
            Check(_grants(f"({_gives(_POD_CREATION)}) && variables.podCreationReason.trim() == ''")),
        ),
        level=RuleLevel.ADVISORY,
    ),
    Rule(
        id="R05",
        title="Roles cannot escalate or impersonate",
        remedy="Remove bind, escalate and impersonate from rules[].verbs.",
        checks=(
            Check(_grants('g.?verbs.orValue([]).exists(v, v in ["bind", "escalate"] || v.startsWith("impersonate"))')),
        ),
    ),
    Rule(
        id="R06",
        title="Roles cannot bypass the API server's checks",
        remedy="Remove the resource from rules[].resources; only the platform team may have this permission.",
        checks=(Check(_grants(_gives(_CLUSTER_POWERS))),),
    ),
    Rule(
        id="R07",
        title="Pods have their own service account, and a token only if needed",
        remedy=(
            "Set automountServiceAccountToken to false, or state in the pod's annotation "
            f"{API_TOKEN_REASON} what the token is for."
        ),
        checks=(
            Check(
                # Kubernetes itself makes the account "default" in every namespace.
                cel.place(
                    "automountServiceAccountToken",
                    'object.kind == "ServiceAccount" && object.metadata.name != "default"'
                    " && dyn(object).?automountServiceAccountToken.orValue(true)",
                ),
                "Set automountServiceAccountToken to false; pods that need a token ask for it themselves.",
            ),
            Check(
                _subjects(
                    's.?kind.orValue("") == "ServiceAccount" && s.name == "default" || s.?kind.orValue("") == "User"'
                    f" && {cel.matches('s.name', '^system:serviceaccount:[^:]+:default$')}"
                ),
                "Set subjects[].name to the workload's own ServiceAccount.",
            ),
        ),
    ),
    Rule(
        id="R08",
        title="Nothing is granted to everyone or to system:masters",
        remedy="Set subjects[].name to the users, groups or accounts that need the role.",
        checks=(
            Check(
                _subjects(
                    f"s.name in {cel.texts([*_EVERYBODY, _ACCOUNTS])} || s.name.startsWith({cel.text(f'{_ACCOUNTS}:')})"
                )
            ),
        ),
    ),
)
