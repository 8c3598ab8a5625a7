"""The image of each model server, and the nodes that need it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from settings.architecture import Architecture, common
from settings.built_image import ROUTER, SAMPLER, TOOLS, BuiltImage
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
    architectures: tuple[Architecture, ...]
    """Architectures that both images are built for."""


@dataclass(frozen=True, kw_only=True)
class Images(Generic[_Reference_co]):
    """References with a tag and, where the lock has it, a digest.

    ``by_model`` has the servers by the names of the models; ``by_vendor`` the images that nodes with a vendor's
    accelerators (``None``: without any) may pull for a model; ``software`` runs on all nodes of a vendor's pools.
    ``architectures`` are those that all images of an entry of ``by_vendor``, and the pause image, are built for: none
    if they have none in common. ``pause_architectures`` are those of the pause image alone.
    ``sampler`` is None where no model is sampled, ``router`` where there is no graph.
    ``builds`` have to be built first: their references have no digest yet. ``pull_secrets`` names the Secrets that
    pods pull with.
    """

    by_model: Mapping[str, _Reference_co]
    by_vendor: Mapping[Vendor | None, Sequence[_Reference_co]]
    fetcher: _Reference_co
    sampler: _Reference_co | None
    router: _Reference_co | None
    pause: str
    pause_architectures: tuple[Architecture, ...]
    architectures: Mapping[Vendor | None, tuple[Architecture, ...]]
    software: Mapping[Vendor, SoftwareImages]
    builds: Sequence[BuiltImage]
    pull_secrets: Sequence[str]


def images_of(platform: Platform, lock: Mapping[str, str]) -> Images[str]:
    """The images of a platform, pinned to the digests in ``lock``."""
    own = platform.images or OwnImages()
    servers = {model.name: _server_build(platform, model, own) for model in platform.models}
    tools = BuiltImage.of(own.build, TOOLS) if own.build else None
    fetcher = tools.reference if tools else own.tools or own.mirrored(fetcher_image(lock))
    is_sampled = any(model.sampling for model in platform.models)
    sampler = BuiltImage.of(own.build, SAMPLER) if own.build and is_sampled else None
    router = BuiltImage.of(own.build, ROUTER) if own.build and platform.graphs else None
    by_model: dict[str, str] = {}
    by_vendor: dict[Vendor | None, set[str]] = defaultdict(lambda: {fetcher})
    of_pause = own.architectures if own.pause else common([PAUSE.architectures])
    built: dict[Vendor | None, list[tuple[Architecture, ...]]] = defaultdict(lambda: [of_pause])
    for model in platform.models:
        devices = platform.devices_of(model)
        server = servers[model.name]
        upstream = server_image(model, devices, lock)
        by_model[model.name] = server.reference if server else model.image or own.mirrored(upstream)
        vendor = devices.vendor if devices else None
        by_vendor[vendor].add(by_model[model.name])
        built[vendor].append(platform.architectures_of(model))
    return Images(
        by_model=by_model,
        by_vendor={vendor: sorted(images) for vendor, images in by_vendor.items()},
        fetcher=fetcher,
        sampler=sampler.reference if sampler else own.sampler,
        router=router.reference if router else own.router,
        pause=own.pause or own.mirrored(pause_image(lock)),
        pause_architectures=of_pause,
        architectures={vendor: common(each) for vendor, each in built.items()},
        software={
            vendor: SoftwareImages(
                device_plugin=own.mirrored(NODE_IMAGES[vendor].device_plugin.pinned(lock)),
                exporter=own.mirrored(NODE_IMAGES[vendor].exporter.pinned(lock)),
                architectures=common(
                    [NODE_IMAGES[vendor].device_plugin.architectures, NODE_IMAGES[vendor].exporter.architectures]
                ),
            )
            for vendor in Vendor
        },
        builds=list({image.name: image for image in (tools, sampler, router, *servers.values()) if image}.values()),
        pull_secrets=own.pull_secrets,
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
