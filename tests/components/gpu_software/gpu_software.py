"""The software of the nodes with accelerators, as it is reported of, and as plain manifests of each vendor."""

from collections.abc import Callable, Mapping

import pulumi

from components import GpuSoftware, GpuSoftwareArgs
from settings import Architecture, NodeSoftware, SoftwareImages, SoftwareSource, Vendor
from tests.components.pools import POOLS
from versions import NODE_IMAGES, all_images

Construct = Callable[[str, str, pulumi.ResourceOptions | None], pulumi.ComponentResource]

DIGESTS = {str(image): f"sha256:{'4' * 64}" for image in all_images()}
SOFTWARE_IMAGES = {
    vendor: SoftwareImages(
        device_plugin=NODE_IMAGES[vendor].device_plugin.pinned(DIGESTS),
        exporter=NODE_IMAGES[vendor].exporter.pinned(DIGESTS),
        architectures=(Architecture.AMD64,),
    )
    for vendor in Vendor
}


def _software(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> GpuSoftware:
    args = GpuSoftwareArgs(
        software=NodeSoftware(namespace=namespace), pools=tuple(POOLS.values()), images=SOFTWARE_IMAGES
    )
    return GpuSoftware(name, args, opts)


def _manifests(vendor: Vendor) -> Construct:
    """The vendor's software as plain manifests, in a namespace of its own."""
    pools = tuple(pool for pool in POOLS.values() if pool.card.vendor is vendor)

    def construct(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> GpuSoftware:
        software = NodeSoftware(source=SoftwareSource.MANIFESTS, namespace=f"{namespace}-{name}")
        return GpuSoftware(name, GpuSoftwareArgs(software=software, pools=pools, images=SOFTWARE_IMAGES), opts)

    return construct


GPU_SOFTWARE: Mapping[str, Construct] = {
    "GpuSoftware": _software,
    **{f"GpuSoftware-{vendor}": _manifests(vendor) for vendor in Vendor},
}
