"""ImagePrepull: model servers start without waiting for gigabytes of image."""

import pulumi
from pulumi_kubernetes import apps, core

from components.identity import unprivileged_service_account
from components.image_prepull import manifests
from components.image_prepull.args import ImagePrepullArgs


class ImagePrepull(pulumi.ComponentResource):
    """Keeps the images of model servers on the nodes that may run them.

    Owns a ServiceAccount without a token, a DaemonSet for nodes without accelerators and one for each vendor's nodes,
    each only if there are images for it. It does not own the nodes, nor the images: a node's garbage
    collection may still remove what no pod uses.
    """

    def __init__(self, name: str, args: ImagePrepullArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:ImagePrepull", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        identity = unprivileged_service_account(name, args.namespace, args.pull_secrets)
        account = core.v1.ServiceAccount(f"{name}-account", identity, child)
        child = pulumi.ResourceOptions(parent=self, depends_on=[account])
        for vendor in (vendor for vendor in args.images if args.architectures[vendor]):
            nodes = manifests.nodes_of(vendor, args)
            apps.v1.DaemonSet(f"{name}-{nodes.name}", manifests.daemon_set(name, vendor, args), child)
        self.register_outputs({})
