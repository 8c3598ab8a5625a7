"""PlatformAccess: the roles of the people who work with the platform."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import admissionregistration, rbac

from components.platform_access import manifests
from components.platform_access.args import PlatformAccessArgs
from components.platform_access.roles import AUDITOR, DEPLOYER, OPERATOR, VIEWER, AccessRole


class PlatformAccess(pulumi.ComponentResource):
    """Four roles for one namespace: viewer, model deployer, platform operator, auditor.

    Owns the Roles, the ClusterRoles for the few cluster-wide reads of operators and auditors, their bindings
    to the groups of the settings, and an admission policy that keeps deployers from opening the namespace. It does not
    own the groups, nor the identity that runs ``pulumi up``: nothing can grant more rights than it has, so the
    cluster's administrators give that identity its rights.

    Escape hatch: additional bindings can refer to the Roles, which are called ``<name>-viewer`` and so on.
    """

    def __init__(self, name: str, args: PlatformAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:PlatformAccess", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)

        self._bounds()
        self._role(VIEWER, args.access.viewers)
        self._role(DEPLOYER, args.access.deployers)
        self._role(OPERATOR, args.access.operators)
        self._role(AUDITOR, args.access.auditors)
        self.register_outputs({})

    def _role(self, role: AccessRole, groups: Sequence[str]) -> None:
        name, namespace = f"{self._name}-{role.name}", self._args.namespace
        made = rbac.v1.Role(name, manifests.role(name, namespace, role, self._args.mesh), self._child)
        if groups:
            after = pulumi.ResourceOptions(parent=self, depends_on=[made])
            rbac.v1.RoleBinding(name, manifests.role_binding(name, namespace, groups), after)
        if role.in_cluster:
            self._cluster_role(name, role, groups)

    def _cluster_role(self, name: str, role: AccessRole, groups: Sequence[str]) -> None:
        cluster_name = self._cluster_name(name)
        made = rbac.v1.ClusterRole(name, manifests.cluster_role(cluster_name, role), self._child)
        if groups:
            after = pulumi.ResourceOptions(parent=self, depends_on=[made])
            rbac.v1.ClusterRoleBinding(name, manifests.cluster_role_binding(cluster_name, groups), after)

    def _bounds(self) -> None:
        name = f"{self._name}-bounds"
        cluster_name = self._cluster_name(name)
        policy = manifests.bounds_policy(cluster_name, self._args.namespace, self._args.mesh)
        made = admissionregistration.v1.ValidatingAdmissionPolicy(name, policy, self._child)
        binding = manifests.bounds_policy_binding(cluster_name)
        after = pulumi.ResourceOptions(parent=self, depends_on=[made])
        admissionregistration.v1.ValidatingAdmissionPolicyBinding(name, binding, after)

    def _cluster_name(self, name: str) -> pulumi.Output[str]:
        """A name that is unique among the stacks in the cluster."""
        return pulumi.Output.concat(self._args.namespace, "-", name)
