"""GpuSoftware: what makes accelerators known to Kubernetes, and cuts them into the pools' devices."""

import pulumi
from pulumi_kubernetes import core, helm, node

from components.gpu_software import manifests
from components.gpu_software.args import GpuSoftwareArgs
from settings import SoftwareSource


class GpuSoftware(pulumi.ComponentResource):
    """NVIDIA's GPU operator or what the platform team has installed, told how the cards of each pool are shared.

    Owns the ConfigMaps ``<name>-sharing`` of the device plug-in and ``<name>-partitions`` of MIG manager, the stack's
    RuntimeClasses and, where the operator is the stack's own, its namespace and its Helm release. The platform team
    points software that is already there to the ConfigMaps. The operator's namespace is privileged, because drivers and
    device plug-ins are: the policy configuration names it in ``systemNamespaces``.

    It does not own the software of AMD and Intel: their operators need no configuration, as their cards are not shared.

    Escape hatch: other values of the chart are set by installing the operator elsewhere, as ``present``.
    """

    def __init__(self, name: str, args: GpuSoftwareArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:GpuSoftware", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        owned: list[pulumi.Resource] = []
        if args.software.source is SoftwareSource.OPERATOR:
            owned = [core.v1.Namespace(f"{name}-namespace", manifests.namespace(args), child)]
        inside = pulumi.ResourceOptions(parent=self, depends_on=owned)
        configured = [
            core.v1.ConfigMap(f"{name}-sharing", manifests.sharing(name, args), inside),
            core.v1.ConfigMap(f"{name}-partitions", manifests.partitions(name, args), inside),
        ]
        if owned:
            after = pulumi.ResourceOptions(parent=self, depends_on=[*owned, *configured])
            helm.v3.Release(f"{name}-operator", manifests.operator_release(name, args), after)
        for class_name, handler in args.software.runtime_classes.items():
            node.v1.RuntimeClass(f"{name}-{class_name}", manifests.runtime_class(class_name, handler), child)
        self.register_outputs({})
