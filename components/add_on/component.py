"""AddOn: what a cluster lacks that the platform stands on, installed from its charts."""

import pulumi
from pulumi_kubernetes import core, helm, networking, rbac

from components.add_on import manifests
from components.add_on.args import AddOnArgs
from components.closed_namespaces import default_deny


class AddOn(pulumi.ComponentResource):
    """An add-on of the cluster as Helm releases, with all that the platform needs of it and nothing else.

    Owns the namespaces, each closed by a NetworkPolicy that the charts' own policies open, or those of the stack,
    rights of the charts' pods where the charts would give more, and a Helm release per chart. The objects of a release
    are Helm's: the policy pack judges none of them, and says so (S04). A privileged namespace is named in
    ``systemNamespaces`` of the policy configuration.

    It does not own custom resource definitions that the charts mark to be kept, which outlive it, nor what other
    programs make of them.

    Escape hatch: install it elsewhere with any other values, and leave the installation out of the settings.

    Attributes:
        version: the version of the charts, known only once everything is ready.
    """

    version: pulumi.Output[str]

    def __init__(self, name: str, args: AddOnArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:AddOn", name, None, opts)
        before: list[pulumi.Resource] = []
        for each in args.namespaces:
            child = pulumi.ResourceOptions(parent=self)
            made = core.v1.Namespace(f"{name}-{each.name}-namespace", manifests.namespace(each), child)
            inside = pulumi.ResourceOptions(parent=self, depends_on=[made])
            policy = networking.v1.NetworkPolicy(f"{name}-{each.name}-closed", default_deny(each.name), inside)
            before += [made, policy]
            for opened in each.policies:
                policy = manifests.network_policy(each, opened)
                before.append(networking.v1.NetworkPolicy(f"{name}-{each.name}-{opened}", policy, inside))
        inside = pulumi.ResourceOptions(parent=self, depends_on=[*before])
        for each in args.grants:
            before.append(rbac.v1.Role(f"{name}-{each.name}", each.role, inside))
            before.append(rbac.v1.RoleBinding(f"{name}-{each.name}-binding", each.binding, inside))
        versions: list[pulumi.Output[str | None]] = []
        for each in args.releases:
            after = pulumi.ResourceOptions(parent=self, depends_on=before)
            release = helm.v3.Release(f"{name}-{each.name}", manifests.release(args.installation, each), after)
            before, versions = [release], [*versions, release.version]
        self.version = pulumi.Output.all(*versions).apply(lambda _: args.installation.version)
        self.register_outputs({"version": self.version})

    def before(self, value: pulumi.Input[str]) -> pulumi.Output[str]:
        """``value``, so that whoever uses it is made once the add-on is ready, and is gone before the add-on is."""
        return pulumi.Output.all(value, self.version).apply(lambda known: str(known[0]))
