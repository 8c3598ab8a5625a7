"""A stack that has its images built."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components import ImageBuilds, ImageBuildsArgs
from settings import images_of, load
from tests.components.gpu_software.gpu_software import Construct
from tests.settings.settings_stack import edited

BUILD: Mapping[str, Any] = {"registry": "registry.example/inference", "tag": "1.0"}


def _builds(name: str, _namespace: str, opts: pulumi.ResourceOptions | None) -> ImageBuilds:
    images = images_of(load("dev", edited({"images": {"build": BUILD}})), {})
    return ImageBuilds(name, ImageBuildsArgs(images=images), opts)


IMAGE_BUILDS: Mapping[str, Construct] = {"ImageBuilds": _builds}
