"""Builds of Dockerfiles on the machine: what fails is told once and leaves nothing behind."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from inferencectl.sandbox.images import bases
from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.dockerfile_image import DockerfileImage
from inferencectl.sandbox.images.image import ensure
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from tests.images.dockerfile import ROOT
from tests.inferencectl.sandbox.images.unpacked_image import unpacked
from tests.waiting import soon

PYTHON = "FROM ${PYTHON} AS runtime\n"


def _silent(_message: str) -> None:
    pass


def image_of(checkout: Path, *lines: str) -> DockerfileImage:
    folder = checkout / "model_images" / "test"
    folder.mkdir(parents=True)
    folder.joinpath("Dockerfile").write_text("ARG PYTHON=docker.io/library/python:3\n" + "\n".join(lines))
    return DockerfileImage(name="test", checkout=checkout, bases={"PYTHON": bases.PYTHON}, root=bases.PYTHON_ROOT)


def _runs(*command: str) -> bool:
    return any(each.info["cmdline"] == [*command] for each in psutil.process_iter(["cmdline"]))


def _left() -> set[str]:
    """What a build of a test could leave on the machine; builds and containers of others may come and go meanwhile."""
    commands = {" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])}
    cgroups = {str(path) for path in Path("/sys/fs/cgroup").rglob("inference-build-*")}
    images = {path.name for path in cache_directory().glob("image-test-*")}
    mounts = {line for line in Path("/proc/mounts").read_text().splitlines() if "image-test-" in line}
    return {command for command in commands if "image-test-" in command} | cgroups | images | mounts


def test_the_key_tells_of_everything_that_the_dockerfile_copies(tmp_path: Path) -> None:
    image = image_of(
        tmp_path, PYTHON, "COPY --chmod=0555 model_images/health.sh /health.sh", "COPY library \\\n  /library"
    )
    script, library = tmp_path / "model_images" / "health.sh", tmp_path / "library"
    library.mkdir()
    keys = [image.key]
    for write in (
        lambda: script.write_text("true"),
        lambda: script.chmod(0o755),
        lambda: (library / "module.py").write_text("a = 1"),
        lambda: (library / "module.py").rename(library / "other.py"),
        lambda: (library / "requirements.txt").write_text("one==1\ntwo==2 \\\n    --hash=sha256:0\n"),
    ):
        write()
        keys.append(image.key)
    (tmp_path / "elsewhere").touch()
    (library / "__pycache__").mkdir()
    (library / "__pycache__" / "other.pyc").touch()
    assert image.key == keys[-1]
    keys += [replace(image, arguments={"A": "1"}).key, replace(image, bases={"PYTHON": bases.RCLONE}).key]
    keys += [replace(image, left_out=re.compile(name)).key for name in ("one", "two")]
    assert replace(image, left_out=re.compile("tw|ones")).key == image.key
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("base", ["docker.io/library/debian:12", "${DEBIAN}", "runtimes"])
def test_a_base_that_is_not_made_here_is_refused_before_anything_is_built(tmp_path: Path, base: str) -> None:
    image = image_of(tmp_path, PYTHON, f"FROM {base}")
    with pytest.raises(SandboxError) as raised:
        image.write(tmp_path / "image", tmp_path / "cache", _silent)
    assert raised.value.exit_code == BAD_INPUT
    assert raised.value.message == f"{image.dockerfile}: FROM {base} is not made on the machine"
    assert "build on ${PYTHON}" in raised.value.remedy
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("made_images")
def test_a_step_that_fails_is_told_with_its_output_and_leaves_nothing(tmp_path: Path) -> None:
    before = _left()
    image = image_of(tmp_path, PYTHON, "RUN echo the reason; exit 7")
    with pytest.raises(SandboxError, match=r"the reason\n(?s:.*) exit code: 7\ncorrect the step in") as raised:
        ensure(image, cache_directory(), _silent)
    assert str(image.dockerfile) in raised.value.remedy
    log = Path(raised.value.remedy.rpartition(" ")[2])
    assert "the reason" in log.read_text()
    log.unlink()
    assert _left() == before


@pytest.mark.usefixtures("made_images")
def test_an_interrupted_build_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _left()
    monkeypatch.setattr("inferencectl.sandbox.images.isolated_command.PROGRESS_SECONDS", 0)

    def interrupt(message: str) -> None:
        if _runs("sleep", "34567"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure(image_of(tmp_path, PYTHON, "RUN sleep 34567"), cache_directory(), interrupt)
    assert _left() == before


_BUILD = """
import sys
from pathlib import Path
from tests.inferencectl.sandbox.images.test_buildkit import PYTHON, image_of
from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.image import ensure
ensure(image_of(Path(sys.argv[1]), PYTHON, "RUN sleep 45678"), cache_directory(), lambda message: None)
"""


@pytest.mark.usefixtures("made_images")
def test_a_build_ends_with_its_owner_and_the_next_removes_its_rest(tmp_path: Path) -> None:
    before = _left()
    with subprocess.Popen([sys.executable, "-c", _BUILD, tmp_path / "killed"], cwd=ROOT) as owner:
        soon(lambda: _runs("sleep", "45678"), "the step runs")
        owner.kill()
    soon(lambda: not _runs("sleep", "45678"), "the step has ended")
    with pytest.raises(SandboxError) as raised:
        ensure(image_of(tmp_path / "next", PYTHON, "RUN exit 1"), cache_directory(), _silent)
    assert "exit code: 1" in raised.value.message
    assert _left() == before
    # That of the killed one too.
    for log in (cache_directory() / "logs").glob("inference.local-test-*"):
        log.unlink()


@pytest.mark.usefixtures("made_images")
def test_a_build_finds_the_machines_package_index_and_keeps_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _left()
    certificates = tmp_path / "certificates.pem"
    certificates.write_text("certificates of the test")
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@index.example/simple")
    monkeypatch.setenv("PIP_CERT", str(certificates))
    image = image_of(
        tmp_path,
        PYTHON,
        # Written to the image on purpose, as a proof that the build can read it.
        'RUN cat "$PIP_CONFIG_FILE" "$(dirname "$PIP_CONFIG_FILE")/certificates.pem" > /seen',
    )
    made = ensure(image, cache_directory(), _silent)
    try:
        found = unpacked(made.archive, tmp_path / "unpacked")
        seen = (found.root / "seen").read_text()
        assert "index-url = https://user:secret@index.example/simple\n" in seen
        assert "cert = /dev/inference-pip/certificates.pem\n" in seen
        assert seen.endswith("certificates of the test")
        assert not any("PIP" in variable for variable in found.config["Env"])
        (found.root / "seen").unlink()
        assert subprocess.run(["grep", "-rqs", "index.example", found.root], check=False).returncode == 1
        assert not list((found.root / "dev").glob("inference*"))
    finally:
        subprocess.run(["rm", "-r", made.archive.parent], check=True)
    assert _left() == before
