"""The images, built for real and run as pods run them: as another user, on a read-only root file system."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from components.security import USER_ID
from tests.images.dockerfile import DOCKERFILES, ROOT, Dockerfile
from versions import BASE_IMAGES, read_lock


def has_engine() -> bool:
    docker = shutil.which("docker")
    return docker is not None and subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.needs("a container engine"),
    pytest.mark.skipif(not has_engine(), reason="needs a container engine"),
    # Gigabytes are pulled the first time.
    pytest.mark.timeout(3600),
]

SAYS_ITS_VERSION = {
    "tensorflow-serving": ["/usr/bin/tensorflow_model_server", "--version"],
    "torchserve": ["torchserve", "--version"],
    "tools": ["rclone", "version"],
    "training": ["python", "-c", "import sklearn, tensorflow"],
    "triton": ["/opt/tritonserver/bin/tritonserver", "--help"],
}


@pytest.fixture(scope="module", params=DOCKERFILES, ids=lambda dockerfile: dockerfile.name)
def image(request: pytest.FixtureRequest) -> Iterator[tuple[Dockerfile, str]]:
    dockerfile: Dockerfile = request.param
    tag = f"inference-test/{dockerfile.name}:test"
    bases = [f"{name}={BASE_IMAGES[name].pinned(read_lock())}" for name in dockerfile.arguments if name in BASE_IMAGES]
    arguments = [text for base in bases for text in ("--build-arg", base)]
    command = ["docker", "buildx", "build", "--load", "--tag", tag, "--file", str(dockerfile.path), *arguments]
    subprocess.run([*command, str(ROOT)], check=True)
    yield dockerfile, tag
    subprocess.run(["docker", "image", "rm", "--force", tag], check=False, capture_output=True)


def run(tag: str, *command: str) -> subprocess.CompletedProcess[str]:
    confined = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none"]  # noqa: S108 - in there
    whole = ["docker", "run", "--rm", *confined, "--entrypoint", command[0], tag, *command[1:]]
    return subprocess.run(whole, capture_output=True, text=True, check=False)


def test_it_runs_on_a_read_only_root_file_system(image: tuple[Dockerfile, str]) -> None:
    dockerfile, tag = image
    done = run(tag, *SAYS_ITS_VERSION[dockerfile.name])
    assert done.returncode == 0, done.stderr


def test_it_is_not_root_and_has_its_bill_of_materials(image: tuple[Dockerfile, str]) -> None:
    _, tag = image
    assert run(tag, "id", "-u").stdout.strip() == str(USER_ID)
    assert '"spdxVersion"' in run(tag, "cat", "/usr/share/inference/sbom.spdx.json").stdout
    assert run(tag, "touch", "/written").returncode != 0
