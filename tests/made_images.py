"""The images that are made on the machine for tests."""

from collections.abc import Callable, Mapping

from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.images.debian import check_machine
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.workspace.errors import SandboxError

TESTED_IMAGES = ("pause", "router", "sampler", "tools", "torchserve", "triton")


def why_no_images() -> str:
    """What this machine lacks to make images; empty where it lacks nothing."""
    try:
        check_machine()
    except SandboxError as error:
        return str(error)
    return ""


def ensure_tested_images(progress: Callable[[str], None]) -> Mapping[str, LocalImage]:
    """The images by their names, made if they are not in the cache."""
    return ensure_images(TESTED_IMAGES, progress)
