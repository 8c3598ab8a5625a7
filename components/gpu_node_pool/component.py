"""GpuNodePool: nodes with accelerators, as many as the models need."""

import pulumi
from pulumi_kubernetes import apps, core, scheduling

from components.custom_resources import machine_deployment, node_overlay, node_pool
from components.gpu_node_pool.args import GpuNodePoolArgs
from components.gpu_node_pool.manifests import cluster_api, karpenter, spare
from settings import Provisioner


class GpuNodePool(pulumi.ComponentResource):
    """Nodes with one kind of accelerator, shared in one way, created by Karpenter or Cluster API or by somebody else.

    Owns, with Karpenter, the NodePool and, if cards are shared, the NodeOverlay that describes the shares; with Cluster
    API the MachineDeployment, whose size the cluster autoscaler decides; and the pods that keep devices free, with
    their PriorityClass and ServiceAccount. All but the pods and their account are named after the pool and not the
    namespace, so a pool's name must be unique in the cluster.

    It does not own the provisioner, its NodeClass or machine templates, nor the vendor's software on the nodes.

    Escape hatch: a pool that no setting describes can be created elsewhere and used as ``existing``.
    """

    def __init__(self, name: str, args: GpuNodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:GpuNodePool", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        if args.pool.provisioner is Provisioner.KARPENTER:
            self._karpenter()
        if args.pool.machine:
            metadata = cluster_api.metadata(args.pool, args.pool.machine)
            machine_deployment(
                f"{name}-machines", metadata, cluster_api.spec(args.pool, args.pool.machine), self._child
            )
        if args.pool.spare:
            self._keep_spare()
        self.register_outputs({})

    def _karpenter(self) -> None:
        pool = self._args.pool
        metadata = karpenter.metadata(pool)
        node_pool(f"{self._name}-node-pool", metadata, karpenter.node_pool_spec(pool), self._child)
        if overlay := karpenter.node_overlay_spec(pool):
            node_overlay(f"{self._name}-node-overlay", metadata, overlay, self._child)

    def _keep_spare(self) -> None:
        priority = scheduling.v1.PriorityClass(
            f"{self._name}-priority", spare.priority_class(self._args.pool), self._child
        )
        account = core.v1.ServiceAccount(f"{self._name}-account", spare.service_account(self._args), self._child)
        after = pulumi.ResourceOptions(parent=self, depends_on=[priority, account])
        for offer in self._args.pool.offers:
            deployment = spare.deployment(self._args, offer)
            apps.v1.Deployment(f"{self._name}-{spare.kind(offer)}", deployment, after)
