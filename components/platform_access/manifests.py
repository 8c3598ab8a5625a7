"""Roles, their bindings, and the guard of the namespace's bounds, as pure functions."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import admissionregistration, meta, rbac

from components.metadata import NAMESPACE_NAME_LABEL, POD_CREATION_REASON, object_metadata
from components.model_namespace.manifests import CLOSING_POLICIES
from components.platform_access.roles import AccessRole
from components.service_mesh.profiles import profile_of
from settings import Mesh

_GROUP = "rbac.authorization.k8s.io"


def role(name: str, namespace: pulumi.Input[str], of: AccessRole, mesh: Mesh) -> rbac.v1.RoleInitArgs:
    """What ``of`` may do in ``namespace``."""
    annotations = {POD_CREATION_REASON: of.pod_creation_reason} if of.pod_creation_reason else None
    return rbac.v1.RoleInitArgs(
        metadata=object_metadata(name, namespace, annotations=annotations), rules=[*of.in_namespace, *of.in_mesh(mesh)]
    )


def role_binding(name: str, namespace: pulumi.Input[str], groups: Sequence[str]) -> rbac.v1.RoleBindingInitArgs:
    """The Role ``name`` for ``groups``."""
    return rbac.v1.RoleBindingInitArgs(
        metadata=object_metadata(name, namespace), role_ref=_reference("Role", name), subjects=_subjects(groups)
    )


def cluster_role(name: pulumi.Input[str], of: AccessRole) -> rbac.v1.ClusterRoleInitArgs:
    """What ``of`` may read of the cluster."""
    return rbac.v1.ClusterRoleInitArgs(metadata=object_metadata(name), rules=[*of.in_cluster])


def cluster_role_binding(name: pulumi.Input[str], groups: Sequence[str]) -> rbac.v1.ClusterRoleBindingInitArgs:
    """The ClusterRole ``name`` for ``groups``."""
    return rbac.v1.ClusterRoleBindingInitArgs(
        metadata=object_metadata(name), role_ref=_reference("ClusterRole", name), subjects=_subjects(groups)
    )


def bounds_policy(
    name: pulumi.Input[str], namespace: pulumi.Input[str], mesh: Mesh
) -> admissionregistration.v1.ValidatingAdmissionPolicyInitArgs:
    """The policies that close ``namespace`` change only by the hand of those who may also delete its quota.

    Roles can only allow: one that lets models have network policies lets its holder delete these as well. The quota
    stands for the namespace's bounds, and Kubernetes' namespace controller may delete it.

    Source: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-authorizer-library
    """
    changes = admissionregistration.v1.NamedRuleWithOperationsArgs(
        api_groups=["networking.k8s.io"],
        api_versions=["v1"],
        operations=["UPDATE", "DELETE"],
        resources=["networkpolicies"],
        resource_names=[*CLOSING_POLICIES],
    )
    closing = profile_of(mesh).closing_policies()
    names = [*CLOSING_POLICIES, *(name for policies in closing for name in policies.names)]
    of_mesh = [
        admissionregistration.v1.NamedRuleWithOperationsArgs(
            api_groups=[policies.group],
            api_versions=[*policies.versions],
            operations=["UPDATE", "DELETE"],
            resources=[*policies.resources],
            resource_names=[*policies.names],
        )
        for policies in closing
    ]
    may_delete_quota = (
        "authorizer.group('').resource('resourcequotas').namespace(request.namespace).check('delete').allowed()"
    )
    return admissionregistration.v1.ValidatingAdmissionPolicyInitArgs(
        metadata=object_metadata(name),
        spec=admissionregistration.v1.ValidatingAdmissionPolicySpecArgs(
            failure_policy="Fail",
            match_constraints=admissionregistration.v1.MatchResourcesArgs(
                namespace_selector=meta.v1.LabelSelectorArgs(match_labels={NAMESPACE_NAME_LABEL: namespace}),
                resource_rules=[changes, *of_mesh],
            ),
            validations=[
                admissionregistration.v1.ValidationArgs(
                    expression=may_delete_quota,
                    message=f"{' and '.join(names)} close the namespace: who may not delete its quota "
                    "may not change them",
                    reason="Forbidden",
                )
            ],
        ),
    )


def bounds_policy_binding(
    name: pulumi.Input[str],
) -> admissionregistration.v1.ValidatingAdmissionPolicyBindingInitArgs:
    """The policy ``name``, in force; it names its namespace itself."""
    return admissionregistration.v1.ValidatingAdmissionPolicyBindingInitArgs(
        metadata=object_metadata(name),
        spec=admissionregistration.v1.ValidatingAdmissionPolicyBindingSpecArgs(
            policy_name=name, validation_actions=["Deny"]
        ),
    )


def _reference(kind: str, name: pulumi.Input[str]) -> rbac.v1.RoleRefArgs:
    return rbac.v1.RoleRefArgs(api_group=_GROUP, kind=kind, name=name)


def _subjects(groups: Sequence[str]) -> list[rbac.v1.SubjectArgs]:
    return [rbac.v1.SubjectArgs(api_group=_GROUP, kind="Group", name=group) for group in groups]
