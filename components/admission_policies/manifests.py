"""The policies and their bindings, as pure functions."""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import (
    MatchResourcesArgs,
    NamedRuleWithOperationsArgs,
    ValidatingAdmissionPolicyBindingInitArgs,
    ValidatingAdmissionPolicyBindingSpecArgs,
    ValidatingAdmissionPolicyInitArgs,
    ValidatingAdmissionPolicySpecArgs,
    ValidationArgs,
    VariableArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs

from components.admission_policies.rule import Theme
from components.metadata import NAMESPACE_NAME_LABEL, object_metadata
from settings import Admission, AdmissionAction, RuleLevel

_CHANGES = ("CREATE", "UPDATE")
_EVERY_VERSION = "*"

# Of an object that a controller made of another, the names of those before it as well: an exemption of a Deployment is
# one of its ReplicaSets and pods, whose names nobody knows before. A user's word for who owns an object is not taken.
_CONTROLLER = (
    'request.userInfo.username.startsWith("system:serviceaccount:kube-system:")'
    ' || request.userInfo.username == "system:kube-controller-manager"'
)
_VARIABLES: Mapping[str, str] = {
    "owners": (
        f"({_CONTROLLER}) ? object.metadata.?ownerReferences.orValue([]).filter(o, o.?controller.orValue(false)) : []"
    ),
    "owner": 'variables.owners.map(o, o.kind + "/" + request.namespace + "/" + o.name)',
    "ownersOwner": (
        'variables.owners.filter(o, o.kind in ["ReplicaSet", "Job"] && o.name.contains("-"))'
        '.map(o, (o.kind == "Job" ? "CronJob/" : "Deployment/") + request.namespace + "/"'
        ' + o.name.substring(0, o.name.lastIndexOf("-")))'
    ),
    "names": (
        '[object.kind + "/" + request.namespace + "/" + object.metadata.?name.orValue("")]'
        " + variables.owner + variables.ownersOwner"
    ),
}


def levels(theme: Theme, admission: Admission) -> tuple[RuleLevel, ...]:
    """The levels at which the stack has rules of ``theme``."""
    return tuple(level for level in (RuleLevel.MANDATORY, RuleLevel.ADVISORY) if theme.at(level, admission))


def policy(
    name: pulumi.Input[str], theme: Theme, level: RuleLevel, admission: Admission
) -> ValidatingAdmissionPolicyInitArgs:
    """The rules of ``theme`` at ``level``, reported in one message; a failing expression rejects the object too."""
    findings = theme.at(level, admission)
    variables = {
        **theme.variables,
        **_VARIABLES,
        **findings,
        "findings": " + ".join(f"variables.{finding}" for finding in findings),
        "isUnchanged": f"oldObject != null && {_judged(theme, 'object')} == {_judged(theme, 'oldObject')}",
    }
    return ValidatingAdmissionPolicyInitArgs(
        metadata=object_metadata(name),
        spec=ValidatingAdmissionPolicySpecArgs(
            failure_policy="Fail",
            match_constraints=MatchResourcesArgs(
                resource_rules=[
                    NamedRuleWithOperationsArgs(
                        api_groups=[group],
                        api_versions=[_EVERY_VERSION],
                        operations=list(_CHANGES),
                        resources=list(resources),
                    )
                    for group, resources in theme.resources.items()
                ]
            ),
            variables=[VariableArgs(name=key, expression=expression) for key, expression in variables.items()],
            validations=[
                ValidationArgs(
                    expression="variables.isUnchanged || size(variables.findings) == 0",
                    message="The object breaks rules of the platform, more than fit into this message.",
                    message_expression='variables.findings.join(" | ")',
                    reason="Forbidden",
                )
            ],
        ),
    )


def binding(
    name: pulumi.Input[str], namespace: pulumi.Input[str], level: RuleLevel, action: AdmissionAction
) -> ValidatingAdmissionPolicyBindingInitArgs:
    """What the policy ``name`` does in its namespace: reject or warn, and record it in the audit log either way."""
    refuses = level is RuleLevel.MANDATORY and action is AdmissionAction.DENY
    return ValidatingAdmissionPolicyBindingInitArgs(
        metadata=object_metadata(name),
        spec=ValidatingAdmissionPolicyBindingSpecArgs(
            policy_name=name,
            validation_actions=["Deny" if refuses else "Warn", "Audit"],
            match_resources=MatchResourcesArgs(
                namespace_selector=LabelSelectorArgs(match_labels={NAMESPACE_NAME_LABEL: namespace})
            ),
        ),
    )


def _judged(theme: Theme, of: str) -> str:
    return f"[dyn({of})].map(it, {theme.judged})"
