"""The images and charts that the platform deploys, and the digests to which images are pinned.

Digests are in ``images.lock`` (JSON, see :func:`read_lock`), written by ``make lock-images``, which needs access to the
registries. Its ``source`` records where a digest was taken from; digests are never made up.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

IMAGE_LOCK = Path(__file__).parent / "images.lock"


AMD64, ARM64 = "amd64", "arm64"
"""Architectures of nodes, as their label `kubernetes.io/arch` names them."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image, identified by registry host, repository and tag.

    ``architectures`` are those that its publisher builds it for; pods do not run on nodes of others. Of images that are
    only built upon, they are not looked up.
    """

    registry: str
    repository: str
    tag: str
    architectures: tuple[str, ...] = (AMD64,)

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}:{self.tag}"

    def pinned(self, lock: Mapping[str, str]) -> str:
        """``image:tag@digest`` if the lock has the image, otherwise ``image:tag``."""
        digest = lock.get(str(self))
        return f"{self}@{digest}" if digest else str(self)


@dataclass(frozen=True, kw_only=True)
class RuntimeImages:
    """The images of one serving runtime."""

    cpu: Image
    gpu: Image

    def on(self, gpus: int) -> Image:
        """The image for a server with the given number of GPUs."""
        return self.gpu if gpus else self.cpu


CUDA = "12.8.1"
"""The CUDA version for which all GPU images in `model_images/` are built."""

# The release with that CUDA version. The same image serves on CPUs if there is no GPU. Its tags `*-py3` run on arm64:
# https://github.com/triton-inference-server/server/issues/5717
_TRITON = Image(registry="nvcr.io", repository="nvidia/tritonserver", tag="25.03-py3", architectures=(AMD64, ARM64))

RUNTIME_IMAGES: Mapping[str, RuntimeImages] = {
    # For amd64 alone: https://github.com/tensorflow/serving/issues/1948
    "tensorflow-serving": RuntimeImages(
        cpu=Image(registry="docker.io", repository="tensorflow/serving", tag="2.19.1"),
        gpu=Image(registry="docker.io", repository="tensorflow/serving", tag="2.19.1-gpu"),
    ),
    # For both on CPUs, for amd64 on GPUs: docker/build_upload_release.py in pytorch/serve
    "torchserve": RuntimeImages(
        cpu=Image(
            registry="docker.io", repository="pytorch/torchserve", tag="0.12.0-cpu", architectures=(AMD64, ARM64)
        ),
        gpu=Image(registry="docker.io", repository="pytorch/torchserve", tag="0.12.0-gpu"),
    ),
    "triton": RuntimeImages(cpu=_TRITON, gpu=_TRITON),
}

# .github/workflows/build_publish_docker_image.yml in rclone/rclone
MODEL_FETCHER = Image(registry="docker.io", repository="rclone/rclone", tag="1.75.1", architectures=(AMD64, ARM64))
# build/pause/Makefile in kubernetes/kubernetes
PAUSE = Image(registry="registry.k8s.io", repository="pause", tag="3.10", architectures=(AMD64, ARM64))


@dataclass(frozen=True, kw_only=True)
class NodeImages:
    """The images for nodes with a vendor's accelerators: the device plug-in, and the exporter of usage metrics."""

    device_plugin: Image
    exporter: Image


# Sources are the vendors' manifests and documentation, as referenced in components/gpu_software/manifests/. Of the
# architectures: .github/workflows/image.yaml in NVIDIA/k8s-device-plugin, Makefile in NVIDIA/dcgm-exporter, and
# k8s-ds-amdgpu-dp.yaml in ROCm/k8s-device-plugin, which selects nodes of amd64. Nothing is published of ROCm's exporter
# and of both images for Gaudi: amd64 is that of the machines that have these accelerators.
NODE_IMAGES: Mapping[str, NodeImages] = {
    "nvidia": NodeImages(
        device_plugin=Image(
            registry="nvcr.io",
            repository="nvidia/k8s-device-plugin",
            tag="v0.19.3",
            architectures=(AMD64, ARM64),
        ),
        exporter=Image(
            registry="nvcr.io",
            repository="nvidia/k8s/dcgm-exporter",
            tag="4.5.3-4.8.2-distroless",
            architectures=(AMD64, ARM64),
        ),
    ),
    "amd": NodeImages(
        device_plugin=Image(registry="docker.io", repository="rocm/k8s-device-plugin", tag="1.31.0.10"),
        exporter=Image(registry="docker.io", repository="rocm/device-metrics-exporter", tag="v1.4.2"),
    ),
    "intel": NodeImages(
        device_plugin=Image(
            registry="vault.habana.ai", repository="docker-k8s-device-plugin/docker-k8s-device-plugin", tag="1.22.1-6"
        ),
        exporter=Image(
            registry="vault.habana.ai", repository="gaudi-metric-exporter/metric-exporter", tag="1.23.0-695"
        ),
    ),
}

BASE_IMAGES: Mapping[str, Image] = {
    "CUDA_RUNTIME": Image(registry="docker.io", repository="nvidia/cuda", tag=f"{CUDA}-cudnn-runtime-ubuntu22.04"),
    "DEBIAN": Image(registry="docker.io", repository="library/debian", tag="12.12-slim"),
    "JAVA": Image(registry="docker.io", repository="library/eclipse-temurin", tag="17.0.16_8-jre"),
    "PYTHON": Image(registry="docker.io", repository="library/python", tag="3.11.13-slim-bookworm"),
    "RCLONE": MODEL_FETCHER,
    "SYFT": Image(registry="docker.io", repository="anchore/syft", tag="v1.45.1"),
    "TENSORFLOW_SERVING": RUNTIME_IMAGES["tensorflow-serving"].cpu,
    "TENSORFLOW_SERVING_GPU": RUNTIME_IMAGES["tensorflow-serving"].gpu,
    "TRITON": _TRITON,
}
"""The base images of `model_images/`, by the build argument in the Dockerfiles."""

BUILT_FOR_DEVICES = frozenset({"tensorflow-serving"})
"""The images of `model_images/` with separate builds for CPUs and GPUs; the others have one build for both."""

GPU_OPERATOR_CHART_VERSION = "v26.3.2"


def all_images() -> tuple[Image, ...]:
    """Every image that a stack may deploy."""
    runtimes = [image for runtime in RUNTIME_IMAGES.values() for image in (runtime.cpu, runtime.gpu)]
    nodes = [image for vendor in NODE_IMAGES.values() for image in (vendor.device_plugin, vendor.exporter)]
    return tuple(dict.fromkeys((*runtimes, MODEL_FETCHER, PAUSE, *nodes)))


UPSTREAM_REGISTRIES = tuple(sorted({image.registry for image in all_images()}))
"""The registries of these images; base images are pulled by whoever builds."""


def locked_images() -> tuple[Image, ...]:
    """Every image in this module, which is what ``make lock-images`` locks."""
    return tuple(dict.fromkeys((*all_images(), *BASE_IMAGES.values())))


def read_lock(path: Path = IMAGE_LOCK) -> dict[str, str]:
    """The digests by ``image:tag`` of a lock file with ``{"image:tag": {"digest": "sha256:…", "source": "…"}}``.

    Raises:
        FileNotFoundError: the lock file does not exist; it is part of the repository.
    """
    return {image: entry["digest"] for image, entry in json.loads(path.read_text(encoding="utf-8")).items()}
