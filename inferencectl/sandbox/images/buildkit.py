"""BuildKit, run for one build at a time in namespaces of its own, with bases that are made on the machine."""

import contextlib
import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from inferencectl.sandbox import cgroups
from inferencectl.sandbox.images import pip_configuration
from inferencectl.sandbox.images.debian import DebianRoot, check_machine
from inferencectl.sandbox.images.debian_package import package_files
from inferencectl.sandbox.images.isolated_command import IsolatedCommand
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.images.runc import MOUNTED
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.go_tool import GoTool

BUILDKIT = GoTool(
    name="buildkit",
    module="github.com/moby/buildkit",
    stamps={"github.com/moby/buildkit/version.Version": "{version}"},
    # Without the storage drivers that need C libraries.
    build_tags=("no_btrfs", "no_zfs"),
    disk_mib=2500,
)
RUNTIME_PACKAGES = ("libseccomp2", "runc")
KEPT_MEGABYTES = 2000
"""What BuildKit keeps of earlier steps, so that a change of one file does not repeat all of them."""

_HERE = Path(__file__).parent
BUILDER = _HERE / "builder.sh"
_CONFIGURATION = """\
root = "/var/lib/buildkit"
[worker.oci]
  enabled = true
  binary = "/build/runc.py"
  snapshotter = "overlayfs"
  networkMode = "host"
[worker.containerd]
  enabled = false
"""


@dataclass(frozen=True, kw_only=True)
class Build:
    """One build: the Dockerfile at a path in `context`, with `bases` by the build argument that names them, as `name`.

    `remedy` is what the error of a failed step advises.
    """

    context: Path
    dockerfile: Path
    remedy: str
    bases: Mapping[str, LocalImage]
    arguments: Mapping[str, str]
    name: str

    def run(self, root: DebianRoot, directory: Path, cache: Path, progress: Callable[[str], None]) -> str:
        """Writes `image.tar` into `directory` and returns the digest of its manifest; `root` must have Python 3.

        Raises:
            SandboxError: a step of the Dockerfile failed, with the end of the output; or a part cannot be had.
        """
        check_machine()
        programs = toolchain.ensure_tool(BUILDKIT, progress)
        runtime = [package_files(package, cache, progress) for package in RUNTIME_PACKAGES]
        lower = ":".join(map(str, [*runtime, root.directory(cache, progress)]))
        state = cache / "buildkit"
        state.mkdir(exist_ok=True)
        self._prepare(directory)
        with _lock(cache, progress), _own_cgroups(cache) as (kind, own):
            IsolatedCommand(
                subject=f"the image {self.name}",
                command=[
                    *map(str, (BUILDER, directory, lower, state, programs, self.context, kind, KEPT_MEGABYTES)),
                    *self._build_arguments(),
                ],
                environment={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                directory=directory,
                cgroups=own,
            ).run(progress, cache / "logs" / f"{re.sub('[/:]', '-', self.name)}.log", self.remedy)
        return _digest(directory / "image.tar")

    def _prepare(self, directory: Path) -> None:
        (directory / "buildkitd.toml").write_text(_CONFIGURATION, encoding="utf-8")
        runc = directory / "runc.py"
        runc.write_bytes((_HERE / "runc.py").read_bytes())
        runc.chmod(0o755)
        pip_configuration.write(directory / "pip", MOUNTED)
        for argument, image in self.bases.items():
            with tarfile.open(image.archive) as archive:
                archive.extractall(directory / "bases" / argument, filter="data")

    def _build_arguments(self) -> Sequence[str]:
        options = {"filename": self.dockerfile.name}
        options |= {f"build-arg:{name}": value for name, value in {**self.arguments, **_proxies()}.items()}
        arguments = ["--frontend=dockerfile.v0", "--local=context=/checkout"]
        arguments += [f"--local=dockerfile=/checkout/{self.dockerfile.parent}"]
        for argument, image in self.bases.items():
            options[f"build-arg:{argument}"] = image.reference
            options[f"context:{image.reference}"] = f"oci-layout://{argument.lower()}@{image.digest}"
            arguments += [f"--oci-layout={argument.lower()}=/build/bases/{argument}"]
        output = f"type=oci,dest=/build/image.tar,name={self.name},compression=uncompressed,force-compression=true"
        return [*arguments, *(f"--opt={name}={value}" for name, value in options.items()), f"--output={output}"]


@contextlib.contextmanager
def _lock(cache: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """One build at a time: they share what BuildKit keeps."""
    lock = FileLock(cache / "locks" / "buildkit.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("another image is being built: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _own_cgroups(cache: Path) -> Iterator[tuple[str, Sequence[Path]]]:
    """The cgroups of a build, and their kind in the words of builder.sh; a killed build's are removed first."""
    trees = cgroups.own_trees()
    name = f"inference-build-{hashlib.sha256(str(cache).encode()).hexdigest()[:12]}"
    own = cgroups.directories(trees, name)
    cgroups.remove(own.values())
    try:
        cgroups.create(own.values())
        yield "2" if trees[0].version == 2 else ";".join(own), tuple(own.values())
    finally:
        cgroups.remove(own.values())


def _proxies() -> Mapping[str, str]:
    """Build arguments that no layer keeps."""
    return {
        name: value for name, value in os.environ.items() if name.upper() in {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    }


def _digest(archive: Path) -> str:
    with tarfile.open(archive) as tar, contextlib.closing(tar.extractfile("index.json") or io.BytesIO()) as index:
        return json.load(index)["manifests"][0]["digest"]
