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

_PYTHON_BASES = {"PYTHON": bases.PYTHON, "SYFT": bases.SYFT}
_BASES = (
    bases.COREDNS,
    bases.FLAGGER_PROGRAM,
    bases.ISTIOD,
    bases.JAVA,
    bases.KEDA_PROGRAMS,
    bases.LOAD,
    bases.PAUSE,
    bases.PROMETHEUS_SERVER,
    bases.PROXY,
    bases.PYTHON,
    bases.PYTORCH,
    bases.RCLONE,
    bases.STORE,
    bases.SYFT,
    bases.TENSORFLOW_SERVING_STAND_IN,
    bases.TRITON,
)


def _from_dockerfile(
    name: str, replaced: Mapping[str, Recipe], arguments: Mapping[str, str] | None = None, disk_mib: int = 3000
) -> Recipe:
    return DockerfileImage(
        name=name,
        checkout=CHECKOUT,
        root=bases.PYTHON_ROOT,
        bases=replaced,
        arguments=arguments or {},
        disk_mib=disk_mib,
    )


RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        *_BASES,
        _from_dockerfile("tools", {**_PYTHON_BASES, "RCLONE": bases.RCLONE}),
        _from_dockerfile("router", _PYTHON_BASES),
        _from_dockerfile("sampler", _PYTHON_BASES),
        _from_dockerfile("training", _PYTHON_BASES, disk_mib=8000),
        DockerfileImage(
            name="torchserve",
            checkout=CHECKOUT,
            root=bases.PYTHON_ROOT,
            bases={**_PYTHON_BASES, "PYTHON": bases.PYTORCH, "JAVA": bases.JAVA},
            left_out=bases.PYTORCH_PACKAGES,
            disk_mib=6000,
        ),
        # The Dockerfile checks the version of CUDA, and the wheel has another one than the image that it stands in for.
        _from_dockerfile("triton", {"TRITON": bases.TRITON, "SYFT": bases.SYFT}, {"CUDA": bases.TRITON_CUDA}),
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
