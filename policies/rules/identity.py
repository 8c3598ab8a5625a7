"""R07: which identity pods have, and who holds a token of it (CIS Kubernetes Benchmark 5.1.5 and 5.1.6)."""

import re
from collections.abc import Iterator

from configuration import Level
from node import Node
from remediation import Change, fill_in, fill_in_pods, together
from rule import Rule, Severity, Violation, all_of, for_each, for_kinds, for_pods, of_kinds
from subject import Resource
from workloads import Pod

_DEFAULT_ACCOUNT = "default"
_AUTOMOUNT = "automountServiceAccountToken"
_ACCOUNT = "core/ServiceAccount"
_DEFAULT_USER = re.compile(r"system:serviceaccount:[^:]+:default")
_LONGEST_TOKEN_SECONDS = 86_400
_BINDINGS = ("rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding")

# On pods that speak to the Kubernetes API: what for.
API_TOKEN_REASON = "inference/api-token-reason"  # noqa: S105 - an annotation's name


def _has_own_account(pod: Pod) -> Iterator[Violation]:
    account = pod.spec.get("serviceAccountName")
    name = account.text() or pod.spec.get("serviceAccount").text()
    if name == _DEFAULT_ACCOUNT or not (name or pod.is_custom()):
        yield Violation.of(account, "Set serviceAccountName to a ServiceAccount of the workload's own.")


def _holds_no_needless_token(pod: Pod) -> Iterator[Violation]:
    automount = pod.spec.get(_AUTOMOUNT)
    left_to_operator = pod.is_custom() and not automount.is_set()
    if automount.boolean() is not False and not left_to_operator and not _says_why(pod):
        yield Violation.of(automount)


def _projects_no_needless_token(pod: Pod) -> Iterator[Violation]:
    for volume in pod.spec.get("volumes").items():
        for source in volume.get("projected").get("sources").items():
            token = source.get("serviceAccountToken")
            if token.is_set():
                yield from _is_needed(pod, token)


def _is_needed(pod: Pod, token: Node) -> Iterator[Violation]:
    # A token for somebody else, such as a store of secrets, opens nothing at the Kubernetes API.
    if not token.get("audience").text() and not _says_why(pod):
        remedy = f"Set audience to who takes the token, or state in the annotation {API_TOKEN_REASON} what it is for."
        yield Violation(token.path, "a token of the Kubernetes API", remedy)
    lifetime = token.get("expirationSeconds")
    if (lifetime.number() or 0) > _LONGEST_TOKEN_SECONDS:
        remedy = f"Set expirationSeconds to {_LONGEST_TOKEN_SECONDS} or less: the kubelet renews the token in time."
        yield Violation.of(lifetime, remedy)


def _says_why(pod: Pod) -> bool:
    return bool((pod.metadata.get("annotations").get(API_TOKEN_REASON).text() or "").strip())


def _account_gives_no_token(account: Resource) -> Iterator[Violation]:
    automount = account.properties.get(_AUTOMOUNT)
    if automount.boolean() is not False:
        yield Violation.of(automount, f"Set {_AUTOMOUNT} to false; pods that need a token ask for it themselves.")


def _account_keeps_no_token(account: Resource) -> Iterator[Violation]:
    secrets = account.properties.get("secrets")
    if secrets.items():
        remedy = "Remove secrets: a token in a Secret never expires. Pods get theirs from the kubelet."
        yield Violation(secrets.path, f"{len(secrets.items())} Secrets", remedy, Level.ADVISORY)


def _subjects(binding: Resource) -> list[Node]:
    return binding.properties.get("subjects").items()


def _grants_nothing_to_default(subject: Node) -> Iterator[Violation]:
    kind, name = subject.get("kind").text(), subject.get("name").text() or ""
    if (kind == "ServiceAccount" and name == _DEFAULT_ACCOUNT) or (kind == "User" and _DEFAULT_USER.fullmatch(name)):
        yield Violation.of(subject.get("name"), "Set subjects[].name to the workload's own ServiceAccount.")


def _withhold_token(pod: Pod) -> Iterator[Change]:
    automount = pod.spec.get(_AUTOMOUNT)
    if not automount.is_set() and not _says_why(pod):
        yield Change(automount.path, False)


def _withhold_from_account(account: Resource) -> Iterator[Change]:
    automount = account.properties.get(_AUTOMOUNT)
    if account.kind_name == _ACCOUNT and not automount.is_set():
        yield Change(automount.path, False)


RULES = (
    Rule(
        id="R07",
        title="Pods have their own service account, and a token only if needed",
        why="All pods of a namespace that name no account share the default one, so what is granted to one is granted"
        " to all. A mounted token is a credential that an attacker in the pod can use.",
        severity=Severity.MEDIUM,
        remedy=f"Set {_AUTOMOUNT} to false, or state in the pod's annotation {API_TOKEN_REASON} what the token is for.",
        check=all_of(
            for_pods(_has_own_account, _holds_no_needless_token, _projects_no_needless_token),
            for_kinds([_ACCOUNT], _account_gives_no_token, _account_keeps_no_token),
            of_kinds(_BINDINGS, for_each(_subjects, _grants_nothing_to_default)),
        ),
        remediate=together(fill_in_pods(_withhold_token), fill_in(_withhold_from_account)),
    ),
)
