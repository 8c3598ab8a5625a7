"""The load on the live stack's model: from its settings, the example request, and the node that its pods run on."""

import json
from collections.abc import Sequence
from pathlib import Path

from components.model_service.runtimes.triton import GRPC_PORT, HTTP_PORT
from inferencectl.live_stack import EXAMPLE_REQUEST
from inferencectl.load.load import Load
from inferencectl.load.manifests import LoadPlace
from inferencectl.load.tensor import Dialect, Tensor
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.node.addresses import NODE, NODE_LABEL
from settings import Model, Platform

MODEL = "digits"
IMAGE = "load"
_PARTS_OF_THE_DRAIN = 4


def live_load(platform: Platform, rate: int, seconds: int) -> Load:
    """Requests to the digits model of the live stack through its stable address, `rate` a second and protocol.

    Connections over REST are used for a fourth of the drain, so that each has left a pod before it stops: a virtual
    user asks again at most after the time-out, and finishes with the old connection.
    """
    model = model_of(platform)
    return Load(
        dialect=Dialect.OPEN_INFERENCE,
        model=MODEL,
        inputs=example_inputs(EXAMPLE_REQUEST),
        host=f"{MODEL}.{platform.namespace}.svc",
        http_port=HTTP_PORT,
        grpc_port=GRPC_PORT,
        rate=rate,
        seconds=seconds,
        connection_seconds=model.drain_seconds / _PARTS_OF_THE_DRAIN,
    )


def live_place(image: LocalImage) -> LoadPlace:
    """A namespace of clients on the node whose pods run."""
    return LoadPlace(image=image.pinned, node_selector={NODE_LABEL: NODE})


def model_of(platform: Platform) -> Model:
    """The digits model; raises ValueError where the stack has none."""
    for model in platform.models:
        if model.name == MODEL:
            return model
    raise ValueError(f"the stack has no model {MODEL}")


def example_inputs(file: Path) -> Sequence[Tensor]:
    """The tensors of a request of the open inference protocol in a file."""
    request = json.loads(file.read_text(encoding="utf-8"))
    return [Tensor(name=each["name"], shape=each["shape"], values=each["data"]) for each in request["inputs"]]
