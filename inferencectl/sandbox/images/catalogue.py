"""Every image that the sandbox makes on the machine, by its name."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from inferencectl.sandbox.images import bases
from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.dockerfile_image import DockerfileImage
from inferencectl.sandbox.images.image import Recipe, ensure
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

CHECKOUT = Path(__file__).parents[3]

_FROM_DOCKERFILES = (
    DockerfileImage(
        name="tools",
        checkout=CHECKOUT,
        root=bases.PYTHON_ROOT,
        bases={"PYTHON": bases.PYTHON, "RCLONE": bases.RCLONE, "SYFT": bases.SYFT},
    ),
    DockerfileImage(
        name="triton",
        checkout=CHECKOUT,
        root=bases.PYTHON_ROOT,
        bases={"TRITON": bases.TRITON, "SYFT": bases.SYFT},
        # Of the runtime library in NVIDIA's wheel; on a GPU it needs a driver that knows this version.
        arguments={"CUDA": bases.TRITON_CUDA},
    ),
)
RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        *(bases.LOAD, bases.PAUSE, bases.PYTHON, bases.RCLONE, bases.TRITON, bases.SYFT),
        *_FROM_DOCKERFILES,
    )
}


def ensure_images(names: Iterable[str], progress: Callable[[str], None]) -> Mapping[str, LocalImage]:
    """The images of these names, made if they are not in the cache (minutes the first time).

    Raises:
        SandboxError: a name is not in the catalogue; or an image cannot be made, with the end of the output and the
            remedy.
    """
    wanted = tuple(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in RECIPES]
    if unknown:
        raise SandboxError(
            f"no image is made here for {', '.join(unknown)}",
            f"choose of {', '.join(sorted(RECIPES))}",
            exit_code=BAD_INPUT,
        )
    return {name: ensure(RECIPES[name], cache_directory(), progress) for name in wanted}
