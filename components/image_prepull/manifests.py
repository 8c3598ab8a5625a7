"""The DaemonSets that pull images, as pure functions."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import apps, core

from components.accelerators import node_affinity, pool_affinity, pool_tolerations, pools_of, without_labels
from components.image_prepull.args import ImagePrepullArgs
from components.metadata import IMAGE_PREPULL, object_metadata, pod_metadata, select
from components.security import restricted_container, restricted_pod
from components.service_mesh.profiles import profile_of
from settings import POOL_LABEL, VENDORS, Vendor

_RESOURCES = {"cpu": "10m", "memory": "32Mi"}


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """A kind of node, and the scheduling constraints of a pod that runs on each of them."""

    name: str
    affinity: core.v1.AffinityArgs | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[core.v1.TolerationArgs] | None = None


def nodes_of(vendor: Vendor | None, args: ImagePrepullArgs) -> Nodes:
    """The nodes with a vendor's accelerators, or those without any."""
    architectures = args.architectures[vendor]
    if vendor is None:
        labels = [POOL_LABEL, *(names.node_label for names in VENDORS.values())]
        return Nodes(name="cpu", affinity=core.v1.AffinityArgs(node_affinity=without_labels(labels, architectures)))
    pools = pools_of(vendor, args.pools)
    nodes = pool_affinity(pools, architectures) if pools else node_affinity(None, architectures)
    return Nodes(
        name="gpu" if vendor is Vendor.NVIDIA else vendor.value,
        affinity=core.v1.AffinityArgs(node_affinity=nodes),
        node_selector=None if pools else {VENDORS[vendor].node_label: "true"},
        tolerations=pool_tolerations(vendor, pools),
    )


def daemon_set(name: str, vendor: Vendor | None, args: ImagePrepullArgs) -> apps.v1.DaemonSetInitArgs:
    """Pull the images of ``vendor`` on each of its nodes, as the ServiceAccount ``name``. It requests no devices."""
    nodes = nodes_of(vendor, args)
    full_name = f"{name}-{nodes.name}"
    labels = {"app.kubernetes.io/name": full_name, "app.kubernetes.io/component": IMAGE_PREPULL}
    mesh = profile_of(args.mesh).outside("It neither sends nor receives anything.")
    return apps.v1.DaemonSetInitArgs(
        metadata=object_metadata(full_name, args.namespace, labels=labels),
        spec=apps.v1.DaemonSetSpecArgs(
            selector=select(labels),
            template=core.v1.PodTemplateSpecArgs(
                metadata=pod_metadata({**labels, **mesh.labels}, mesh.annotations),
                spec=core.v1.PodSpecArgs(
                    service_account_name=name,
                    automount_service_account_token=False,
                    enable_service_links=False,
                    security_context=restricted_pod(),
                    affinity=nodes.affinity,
                    node_selector=nodes.node_selector,
                    tolerations=nodes.tolerations,
                    termination_grace_period_seconds=1,
                    # The kubelet pulls an image in order to run a command from it, even one that exits immediately.
                    init_containers=[
                        _container(f"pull-{index}", image, ["/bin/true"])
                        for index, image in enumerate(args.images[vendor])
                    ],
                    containers=[_container("hold", args.pause_image, None)],
                ),
            ),
            # Pulling is slow and nothing waits for it, so all nodes may be updated together.
            update_strategy=apps.v1.DaemonSetUpdateStrategyArgs(
                type="RollingUpdate", rolling_update=apps.v1.RollingUpdateDaemonSetArgs(max_unavailable="100%")
            ),
        ),
    )


def _container(name: str, image: pulumi.Input[str], command: list[str] | None) -> core.v1.ContainerArgs:
    return core.v1.ContainerArgs(
        name=name,
        image=image,
        command=command,
        resources=core.v1.ResourceRequirementsArgs(requests=_RESOURCES, limits=_RESOURCES),
        security_context=restricted_container(),
    )
