"""The architectures of nodes that a model's pods can run on: those that all of their images are built for."""

from collections.abc import Iterator

from settings.architecture import Architecture, common
from settings.cluster.own_images import OwnImages
from settings.gpu.devices import Devices
from settings.model.model import Model
from settings.validation.issues import Issue
from settings.validation.words import listed
from versions import MODEL_FETCHER, RUNTIME_IMAGES


def architectures_of(model: Model, devices: Devices | None, own: OwnImages | None) -> tuple[Architecture, ...]:
    """Those of the server, of what copies the model's files and of what samples it; ``own`` are the stack's images, if
    it has any."""
    sampler = [own.architectures] if own and model.sampling else []
    return common([_of_server(model, devices, own), _of_fetcher(own), *sampler])


def architecture_issues(model: Model, devices: Devices | None, own: OwnImages | None) -> Iterator[Issue]:
    """Check that there are nodes that both images run on."""
    if not architectures_of(model, devices, own):
        yield Issue(
            path=("architectures",),
            found=f"{listed(_of_server(model, devices, own))}, while files are copied on {listed(_of_fetcher(own))}",
            expected="an architecture that both images are built for",
            hint="build them for several, and state those in architectures",
        )


def _of_server(model: Model, devices: Devices | None, own: OwnImages | None) -> tuple[Architecture, ...]:
    if model.image:
        return model.architectures
    published = RUNTIME_IMAGES[model.runtime].on(devices.count if devices else 0).architectures
    return common([published, own.architectures] if own and own.build else [published])


def _of_fetcher(own: OwnImages | None) -> tuple[Architecture, ...]:
    return own.architectures if own and own.has_tools else common([MODEL_FETCHER.architectures])
