"""The images that are made on the machine for tests."""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.catalogue import RECIPES, ensure_images
from inferencectl.sandbox.images.debian import check_machine
from inferencectl.sandbox.images.dockerfile_image import DockerfileImage
from inferencectl.sandbox.images.image import Recipe, ensure
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.workspace.errors import SandboxError

TESTED_IMAGES = ("pause", "tools", "triton")
_ROOT = Path(__file__).parents[1]
_PYTORCH = re.compile(r"(?:torch|triton|nvidia-\w+-cu\d+)==")
_REQUIREMENT = re.compile(r"^\S[^\n]*\n(?:[ ]+[^\n]*\n)*", re.MULTILINE)


def why_no_images() -> str:
    """What this machine lacks to make images; empty where it lacks nothing."""
    try:
        check_machine()
    except SandboxError as error:
        return str(error)
    return ""


def ensure_tested_images(progress: Callable[[str], None]) -> Mapping[str, LocalImage]:
    """The images by their names, made if they are not in the cache."""
    made = ensure_images(TESTED_IMAGES, progress)
    with tempfile.TemporaryDirectory() as directory:
        return {**made, "torchserve": ensure(_torchserve(Path(directory)), cache_directory(), progress)}


def _torchserve(checkout: Path) -> Recipe:
    """The image of TorchServe by its Dockerfile, without PyTorch, whose libraries of CUDA take 30 GB to build."""
    (checkout / "model_images" / "torchserve").mkdir(parents=True)
    for copied in ("health.sh", "torchserve/Dockerfile"):
        shutil.copy(_ROOT / "model_images" / copied, checkout / "model_images" / copied)
    requirements = (_ROOT / "model_images" / "torchserve" / "requirements.txt").read_text(encoding="utf-8")
    kept = [each for each in _REQUIREMENT.findall(requirements) if not _PYTORCH.match(each)]
    (checkout / "model_images" / "torchserve" / "requirements.txt").write_text("".join(kept), encoding="utf-8")
    recipe = RECIPES["torchserve"]
    assert isinstance(recipe, DockerfileImage)
    return replace(recipe, checkout=checkout, disk_mib=4000)
