"""The image of each model server, and the nodes that need it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from settings.built_image import TOOLS, BuiltImage
from settings.cluster.own_images import OwnImages
from settings.gpu.accelerators import Vendor
from settings.gpu.devices import Devices
from settings.model.model import Model
from settings.platform import Platform
from versions import MODEL_FETCHER, NODE_IMAGES, PAUSE, RUNTIME_IMAGES

_Reference_co = TypeVar("_Reference_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class SoftwareImages:
    """A vendor's device plug-in and metrics exporter."""

    device_plugin: str
    exporter: str


@dataclass(frozen=True, kw_only=True)
class Images(Generic[_Reference_co]):
    """References with a tag and, where the lock has it, a digest.

    ``by_model`` has the servers by the names of the models; ``by_vendor`` the images that nodes with a vendor's
    accelerators (``None``: without any) may pull for a model; ``software`` runs on all nodes of a vendor's pools.
    ``builds`` have to be built first: their references have no digest yet.
    """

    by_model: Mapping[str, _Reference_co]
    by_vendor: Mapping[Vendor | None, Sequence[_Reference_co]]
    fetcher: _Reference_co
    pause: str
    software: Mapping[Vendor, SoftwareImages]
    builds: Sequence[BuiltImage]


def images_of(platform: Platform, lock: Mapping[str, str]) -> Images[str]:
    """The images of a platform, pinned to the digests in ``lock``."""
    own = platform.images or OwnImages()
    servers = {model.name: _server_build(platform, model, own) for model in platform.models}
    tools = BuiltImage.of(own.build, TOOLS) if own.build else None
    fetcher = tools.reference if tools else own.tools or fetcher_image(lock)
    by_model: dict[str, str] = {}
    by_vendor: dict[Vendor | None, set[str]] = defaultdict(lambda: {fetcher})
    for model in platform.models:
        devices = platform.devices_of(model)
        server = servers[model.name]
        by_model[model.name] = server.reference if server else server_image(model, devices, lock)
        by_vendor[devices.vendor if devices else None].add(by_model[model.name])
    return Images(
        by_model=by_model,
        by_vendor={vendor: sorted(images) for vendor, images in by_vendor.items()},
        fetcher=fetcher,
        pause=own.pause or pause_image(lock),
        software={
            vendor: SoftwareImages(
                device_plugin=NODE_IMAGES[vendor].device_plugin.pinned(lock),
                exporter=NODE_IMAGES[vendor].exporter.pinned(lock),
            )
            for vendor in Vendor
        },
        builds=list({image.name: image for image in (tools, *servers.values()) if image}.values()),
    )


def server_image(model: Model, devices: Devices | None, lock: Mapping[str, str]) -> str:
    """The server image of a model on ``devices``: its own, or the platform's for its runtime."""
    return model.image or RUNTIME_IMAGES[model.runtime].on(devices.count if devices else 0).pinned(lock)


def fetcher_image(lock: Mapping[str, str]) -> str:
    """The image that copies models from object storage and verifies their digests."""
    return MODEL_FETCHER.pinned(lock)


def pause_image(lock: Mapping[str, str]) -> str:
    """The image of placeholder pods."""
    return PAUSE.pinned(lock)


def _server_build(platform: Platform, model: Model, own: OwnImages) -> BuiltImage | None:
    if model.image or own.build is None:
        return None
    devices = platform.devices_of(model)
    return BuiltImage.of(own.build, model.runtime, devices.count if devices else 0)
