"""Every image and chart the platform deploys, once, and the digests that images are pinned to.

Digests are kept in ``images.lock`` (JSON, see :func:`read_lock`), written by ``make lock-images`` where registries can
be reached. A digest that was taken from elsewhere says so in its ``source``; none is ever invented.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

IMAGE_LOCK = Path(__file__).parent / "images.lock"


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image by registry host, repository and tag."""

    registry: str
    repository: str
    tag: str

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}:{self.tag}"

    def pinned(self, lock: Mapping[str, str]) -> str:
        """``image:tag@digest`` where the lock has the image, ``image:tag`` where it does not."""
        digest = lock.get(str(self))
        return f"{self}@{digest}" if digest else str(self)


@dataclass(frozen=True, kw_only=True)
class RuntimeImages:
    """The builds of one serving runtime."""

    cpu: Image
    gpu: Image

    def on(self, gpus: int) -> Image:
        """The build for a server with that many GPUs."""
        return self.gpu if gpus else self.cpu


# One build for both: without a GPU it serves on CPUs.
_TRITON = Image(registry="nvcr.io", repository="nvidia/tritonserver", tag="26.07-py3")

RUNTIME_IMAGES: Mapping[str, RuntimeImages] = {
    "tensorflow-serving": RuntimeImages(
        cpu=Image(registry="docker.io", repository="tensorflow/serving", tag="2.19.1"),
        gpu=Image(registry="docker.io", repository="tensorflow/serving", tag="2.19.1-gpu"),
    ),
    "torchserve": RuntimeImages(
        cpu=Image(registry="docker.io", repository="pytorch/torchserve", tag="0.12.0-cpu"),
        gpu=Image(registry="docker.io", repository="pytorch/torchserve", tag="0.12.0-gpu"),
    ),
    "triton": RuntimeImages(cpu=_TRITON, gpu=_TRITON),
}

MODEL_FETCHER = Image(registry="docker.io", repository="rclone/rclone", tag="1.75.1")
PAUSE = Image(registry="registry.k8s.io", repository="pause", tag="3.10")

GPU_OPERATOR_CHART_VERSION = "v26.3.2"


def all_images() -> tuple[Image, ...]:
    """Every image named here: what ``make lock-images`` locks."""
    runtimes = [image for runtime in RUNTIME_IMAGES.values() for image in (runtime.cpu, runtime.gpu)]
    return tuple(dict.fromkeys((*runtimes, MODEL_FETCHER, PAUSE)))


def read_lock(path: Path = IMAGE_LOCK) -> dict[str, str]:
    """Read the lock file: ``{"image:tag": {"digest": "sha256:…", "source": "…"}}`` to ``{"image:tag": "sha256:…"}``.

    Raises:
        FileNotFoundError: the lock file is part of the project; a checkout without it is incomplete.
    """
    return {image: entry["digest"] for image, entry in json.loads(path.read_text(encoding="utf-8")).items()}
