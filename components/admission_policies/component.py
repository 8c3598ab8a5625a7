"""AdmissionPolicies: what the policy pack rejects in review, the API server rejects from every client."""

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding

from components.admission_policies import manifests
from components.admission_policies.args import AdmissionPoliciesArgs
from components.admission_policies.themes import themes
from settings import AdmissionAction, RuleLevel


class AdmissionPolicies(pulumi.ComponentResource):
    """The policy pack's rules on single objects, applied by the API server in one namespace.

    Owns a ValidatingAdmissionPolicy and its binding for every theme of rules and every level in use; nothing if the
    ``action`` is ``none``. It does not own the namespace and affects no other. The API server enforces a
    policy about a second after it is created.

    Escape hatch: a rule's level, an exemption, or the action ``warn``, all in the stack's settings.

    Attributes:
        namespace: the namespace's name, known only once the policies exist, so that its users are created afterwards.
    """

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: AdmissionPoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:AdmissionPolicies", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        admission = args.admission
        wanted = themes(admission) if admission.action is not AdmissionAction.NONE else ()
        bound: list[pulumi.Output[str]] = []
        for theme in wanted:
            for level in manifests.levels(theme, admission):
                part = theme.name if level is RuleLevel.MANDATORY else f"{theme.name}-advice"
                full_name = pulumi.Output.concat(args.namespace, f"-{name}-{part}")
                policy = ValidatingAdmissionPolicy(
                    f"{name}-{part}", manifests.policy(full_name, theme, level, admission), child
                )
                binding = manifests.binding(policy.metadata["name"], args.namespace, level, admission.action)
                made = ValidatingAdmissionPolicyBinding(f"{name}-{part}-binding", binding, child)
                bound.append(made.metadata["name"])
        self.namespace = pulumi.Output.all(args.namespace, *bound).apply(lambda names: names[0])
        self.register_outputs({"namespace": self.namespace})
