"""The images that are made on the machine, run as pods run them: their own user, no capabilities, a read-only root."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from components.security import USER_ID
from inferencectl.deployer.diagnosis import MODEL_REFUSED
from inferencectl.sandbox.images import debian_package
from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.debian import DebianRoot
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.sandbox.images.unpacked_image import UnpackedImage, unpacked
from tests.model_pod import FETCH_SCRIPT, ModelPod
from tests.runtimes import torchserve_process as torchserve
from tests.runtimes.processes import Place, asked, process
from tests.runtimes.triton_process import placed, served
from tests.s3_server import BUCKET, S3Server
from tests.waiting import soon

SYSTEM = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
Unpacked = Callable[[str], UnpackedImage]
NAMES = ("router", "sampler", "tools", "torchserve", "triton")
PACKAGE_OF = {
    "router": "aiohttp",
    "sampler": "aiohttp",
    "tools": "model-signing",
    "torchserve": "torchserve",
    "triton": "nvidia-pytriton",
}


def _silent(_message: str) -> None:
    pass


@pytest.fixture(scope="module")
def image(made_images: Mapping[str, LocalImage], tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """A function that unpacks an image, once for the module."""
    images: dict[str, UnpackedImage] = {}

    def of(name: str) -> UnpackedImage:
        if name not in images:
            images[name] = unpacked(made_images[name].archive, tmp_path_factory.mktemp(name))
        return images[name]

    return of


@pytest.mark.parametrize("name", NAMES)
def test_it_is_not_root_and_cannot_write_its_files(image: Unpacked, name: str) -> None:
    assert image(name).config["User"] == f"{USER_ID}:{USER_ID}"
    done = image(name).run("sh", "-c", "id -u; touch /written; touch /tmp/written && grep CapEff /proc/self/status")
    assert done.stdout.split() == [str(USER_ID), "CapEff:", "0000000000000000"]
    assert "Read-only file system" in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_its_bill_of_materials_names_the_stand_in_that_wrote_it(image: Unpacked, name: str) -> None:
    bill = json.loads((image(name).root / "usr/share/inference/sbom.spdx.json").read_text())
    assert bill["creationInfo"]["creators"] == [
        "Tool: inference-sandbox stand-in for syft (Debian and Python packages only)"
    ]
    names = {package["name"] for package in bill["packages"]}
    assert {"libc6", PACKAGE_OF[name]} <= names


@pytest.mark.parametrize("name", NAMES)
def test_it_is_named_as_ours_and_says_which_base_it_has(
    image: Unpacked, made_images: Mapping[str, LocalImage], name: str
) -> None:
    assert made_images[name].reference.startswith(f"inference.local/{name}:")
    assert image(name).config["Labels"]["org.opencontainers.image.base.name"].startswith("inference.local/")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_machine_that_built_it_is_left(image: Unpacked, name: str) -> None:
    root = image(name).root
    assert {path.read_text() for path in (root / "etc/hostname", root / "etc/resolv.conf")} <= {""}
    assert not [*root.glob("etc/apt/sources.list*"), *root.glob("etc/pip.conf"), *root.glob("dev/inference*")]
    assert not any("pip" in variable.lower() for variable in image(name).config["Env"])


def test_the_pause_image_waits_and_ends_when_told(image: Unpacked) -> None:
    pause = image("pause")
    (pause.root / "tmp").mkdir()
    assert {path.name for path in pause.root.iterdir()} == {"pause", "tmp"}
    with subprocess.Popen([pause.root / "pause", *pause.config["Entrypoint"][1:]]) as running:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(0.5)
        running.terminate()
        assert running.wait(10) in (0, -15)


@pytest.fixture
def signed(s3_server: S3Server, tmp_path: Path) -> tuple[ModelPod, str]:
    """A signed model in object storage with the pod that fetches it, and the key that it must be signed with."""
    model, keys = tmp_path / "model", tmp_path / "keys"
    for directory in (model, keys):
        directory.mkdir()
    (model / "model.py").write_text("weights = 1\n")
    private, public = keys / "private.pem", keys / "public.pem"
    ours = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(private)]
    for command in (ours, ["openssl", "ec", "-in", str(private), "-pubout", "-out", str(public)]):
        subprocess.run(command, check=True, capture_output=True)
    sign = [sys.executable, "-m", "model_signing", "sign", "key", ".", "--private_key", str(private)]
    subprocess.run([*sign, "--signature", "model.sig"], cwd=model, check=True, capture_output=True)
    listing = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in model.iterdir())
    (model / "SHA256SUMS").write_text(listing)
    for file in model.iterdir():
        s3_server.client().put_object(Bucket=BUCKET, Key=f"signed/1/{file.name}", Body=file.read_bytes())
    pod = tmp_path / "pod"
    pod.mkdir()
    pod.chmod(0o777)
    fetching = ModelPod(s3_server, pod, f"s3://{BUCKET}/signed/1", hashlib.sha256(listing.encode()).hexdigest())
    fetching.mount_credentials()
    return fetching, public.read_text()


def test_the_scripts_of_a_pod_fetch_and_verify_a_model_in_the_tools_image(
    image: Unpacked, signed: tuple[ModelPod, str]
) -> None:
    pod, key = signed

    def fetched(key: str) -> subprocess.CompletedProcess[str]:
        environment = {**pod.environment, "MODEL_SIGNATURE_KEY": key}
        command = ("/bin/sh", "-eu", "-c", FETCH_SCRIPT)
        return image("tools").run(*command, shared=pod.home, network=True, environment=environment)

    other = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwbQX5JfiMNvlOtJucY24tHJ9r3kt\n"
    other += "rmdzY5QVlPByt0XVtC595YtAKhKkznkcYvY3A4GRqoytFRMbexkX8smjLQ==\n-----END PUBLIC KEY-----\n"
    refused = fetched(other)
    assert (refused.returncode, "its signature does not hold" in refused.stderr) == (MODEL_REFUSED, True), (
        refused.stderr
    )
    done = fetched(key)
    assert done.returncode == 0, done.stderr
    assert "signature verified" in done.stdout
    assert (pod.directory / "model.py").stat().st_uid == USER_ID


def test_the_tools_image_has_the_checks_of_served_models(image: Unpacked) -> None:
    done = image("tools").run("python3", "-m", "verification", "--help")
    assert done.stdout.startswith("usage: python -m verification"), done.stderr


def test_triton_predicts_as_the_pod_starts_it(image: Unpacked, tmp_path: Path) -> None:
    place, _ = placed(tmp_path, served())
    command, environment = _pod(place)
    started = image("triton").started(*command, shared=tmp_path, network=True, environment=environment)
    with process(started, SYSTEM, tmp_path / "log"):
        soon(place.ready, "the model is loaded")
        assert _answer(place) == [2.0, 4.0]
        healthy = image("triton").run("health.sh", str(place.ports[8000]), "/v2/health/ready", network=True)
        assert healthy.returncode == 0, healthy.stderr
    assert image("triton").run("health.sh", str(place.ports[8000]), "/v2/health/ready", network=True).returncode != 0


def _answer(place: Place) -> list[float]:
    tensor = {"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1.0, 2.0]}
    status, text = asked(place.url(place.server.http_port, f"{place.server.http_prefix}/infer"), {"inputs": [tensor]})
    assert status == 200, text
    return json.loads(text)["outputs"][0]["data"]


def test_torchserve_predicts_as_the_pod_starts_it(image: Unpacked, torchserve_python: Path, tmp_path: Path) -> None:
    place, folder = torchserve.placed(tmp_path, torchserve.served())
    torchserve.archive(torchserve_python, folder)
    command, environment = _pod(place)
    environment |= {"HELD": str(tmp_path / "held")}
    started = image("torchserve").started(*command, shared=tmp_path, network=True, environment=environment)
    with process(started, SYSTEM, tmp_path / "log"):
        soon(lambda: "MODEL_LOG: model_name: digits" in (tmp_path / "log").read_text(), "a worker has started")
        soon(place.ready, "its workers live")
        assert torchserve.predicted(place, [1, 2]) == {"y": [2, 4]}


def test_torchserve_has_pytorch_for_cpus_alone(image: Unpacked) -> None:
    script = "import torch; print(int(torch.ones(2).sum()), torch.cuda.is_available(), torch.version.cuda)"
    assert image("torchserve").run("python", "-c", script).stdout.split() == ["2", "False", "None"]


def _pod(place: Place) -> tuple[list[str], dict[str, str]]:
    """How a pod starts the server; another user than the one of the tests may read and write the place."""
    for path in (place.root, *place.root.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o644)
    command = [place.moved(part) for part in (*place.server.command, *place.server.arguments)]
    return command, dict(place.server.environment)


@pytest.mark.usefixtures("made_images")
def test_a_package_that_does_not_exist_is_one_error_and_leaves_nothing() -> None:
    root = DebianRoot(name="test", packages=("no-such-package-anywhere",), disk_mib=1)
    with pytest.raises(SandboxError, match="Unable to locate package no-such-package-anywhere"):
        root.archive(cache_directory(), _silent)
    assert not list(cache_directory().glob(f"*{root.key}*"))
    (cache_directory() / "logs" / f"test-{root.key}.log").unlink()


@pytest.mark.usefixtures("made_images")
def test_the_state_of_the_machines_apt_is_not_touched(tmp_path: Path) -> None:
    before = _state()
    files = debian_package.package_files("tini", tmp_path, _silent)
    assert (files / "usr/bin/tini-static").exists()
    assert _state() == before


def _state() -> dict[str, float]:
    directories = ("/etc/apt", "/var/cache/apt", "/var/lib/apt", "/var/lib/dpkg")
    return {str(path): path.stat().st_mtime for directory in directories for path in Path(directory).rglob("*")}
