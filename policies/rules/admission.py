"""R09: what judges objects at admission refuses them when it cannot, and exempts only what it names."""

from collections.abc import Callable, Iterator

from node import Node
from rule import Rule, Severity, Violation, all_of, for_each, for_kinds, of_kinds
from subject import Resource

_GROUP = "admissionregistration.k8s.io"
_WEBHOOKS = tuple(f"{_GROUP}/{kind}WebhookConfiguration" for kind in ("Validating", "Mutating"))
_POLICIES = tuple(f"{_GROUP}/{kind}AdmissionPolicy" for kind in ("Validating", "Mutating"))
_BINDING = f"{_GROUP}/ValidatingAdmissionPolicyBinding"
_EXCEPTION = "kyverno.io/PolicyException"

# On what judges only to report: why it may let everything pass.
FAILS_OPEN_REASON = "inference/fails-open-reason"


def _unless_explained(check: Callable[[Resource], Iterator[Violation]]) -> Callable[[Resource], Iterator[Violation]]:
    def explained(resource: Resource) -> Iterator[Violation]:
        if not (resource.metadata.get("annotations").get(FAILS_OPEN_REASON).text() or "").strip():
            yield from check(resource)

    return explained


def _webhooks_refuse(configuration: Resource) -> Iterator[Violation]:
    for webhook in configuration.properties.get("webhooks").items():
        yield from _refuses(webhook.get("failurePolicy"))


def _webhooks(configuration: Resource) -> list[Node]:
    return configuration.properties.get("webhooks").items()


def _is_asked_over_tls(webhook: Node) -> Iterator[Violation]:
    url = webhook.get("clientConfig").get("url")
    if url.text() and not (url.text() or "").startswith("https:"):
        yield Violation(url.path, "an address without TLS", "Set clientConfig.url to an https address.")


def _policy_refuses(policy: Resource) -> Iterator[Violation]:
    yield from _refuses(policy.properties.get("spec").get("failurePolicy"))


def _refuses(failure_policy: Node) -> Iterator[Violation]:
    if failure_policy.text() == "Ignore":
        yield Violation.of(failure_policy)


def _binding_denies(binding: Resource) -> Iterator[Violation]:
    actions = binding.properties.get("spec").get("validationActions")
    texts = [each.text() or "" for each in actions.items()]
    # A policy of advice tells whoever sends the object.
    if not {"Deny", "Warn"} & set(texts):
        yield Violation(actions.path, ", ".join(texts) or "no action", _remedy("Add Deny to validationActions"))


def _exempts_by_name(exception: Resource) -> Iterator[Violation]:
    spec = exception.properties.get("spec")
    for each in spec.get("exceptions").items():
        for name in (each.get("policyName"), *each.get("ruleNames").items()):
            if not (name.text() or "").strip("*"):
                yield Violation.of(name, "Name the policies and rules from which the exception exempts.")
                return


def _remedy(deed: str) -> str:
    return f"{deed}, or state in the annotation {FAILS_OPEN_REASON} why it may let everything pass."


RULES = (
    Rule(
        id="R09",
        title="Admission refuses what it cannot judge",
        why="Whoever can overload or stop a webhook that fails open gets every object past it, and nobody notices. A "
        "policy that only audits protects nothing.",
        severity=Severity.HIGH,
        remedy=_remedy("Set failurePolicy to Fail"),
        check=all_of(
            for_kinds(_WEBHOOKS, _unless_explained(_webhooks_refuse)),
            of_kinds(_WEBHOOKS, for_each(_webhooks, _is_asked_over_tls)),
            for_kinds(_POLICIES, _unless_explained(_policy_refuses)),
            for_kinds([_BINDING], _unless_explained(_binding_denies)),
            for_kinds([_EXCEPTION], _exempts_by_name),
        ),
    ),
)
