"""BuildKit, run for one build at a time in namespaces of its own, with bases that are made on the machine."""

import contextlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from inferencectl.sandbox.images import pip_configuration
from inferencectl.sandbox.images.debian import DebianRoot, check_machine
from inferencectl.sandbox.images.debian_package import package_files
from inferencectl.sandbox.images.isolated_command import IsolatedCommand
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.images.runc import MOUNTED
from inferencectl.sandbox.node import cgroups
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
KEPT_BYTES = 3 * 1024**3
"""What BuildKit keeps of earlier steps, so that a change of one file does not repeat all of them."""

_HERE = Path(__file__).parent
BUILDER = _HERE / "builder.sh"
_CONFIGURATION = f"""\
root = "/var/lib/buildkit"
[worker.oci]
  enabled = true
  binary = "/build/runc.py"
  snapshotter = "overlayfs"
  networkMode = "host"
  gc = true
  reservedSpace = {KEPT_BYTES}
  maxUsedSpace = {KEPT_BYTES}
[worker.containerd]
  enabled = false
"""


@dataclass(frozen=True, kw_only=True)
class Build:
    """One build: a Dockerfile of `checkout`, with `bases` by the build argument that names them, as image `name`."""

    checkout: Path
    dockerfile: Path
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
        trees = cgroups.own_trees()
        own = cgroups.directories(trees, f"inference-build-{os.getpid()}")
        kind = "2" if trees[0].version == 2 else ";".join(own)
        cgroups.create(own.values())
        with FileLock(cache / "locks" / "buildkit.lock"):
            try:
                IsolatedCommand(
                    subject=f"the image {self.name}",
                    command=[
                        *map(str, (BUILDER, directory, lower, state, programs, self.checkout, kind)),
                        *self._build_arguments(),
                    ],
                    environment={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                    directory=directory,
                    cgroups=tuple(own.values()),
                ).run(
                    progress,
                    cache / "logs" / f"{self.name.replace('/', '-').replace(':', '-')}.log",
                    "see the failing step",
                )
            finally:
                cgroups.remove(own.values())
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
        arguments += [f"--local=dockerfile=/checkout/{self.dockerfile.parent.relative_to(self.checkout)}"]
        for argument, image in self.bases.items():
            options[f"build-arg:{argument}"] = image.reference
            options[f"context:{image.reference}"] = f"oci-layout://{argument.lower()}@{image.digest}"
            arguments += [f"--oci-layout={argument.lower()}=/build/bases/{argument}"]
        output = f"type=oci,dest=/build/image.tar,name={self.name},compression=uncompressed,force-compression=true"
        return [*arguments, *(f"--opt={name}={value}" for name, value in options.items()), f"--output={output}"]


def _proxies() -> Mapping[str, str]:
    """Build arguments that no layer keeps."""
    return {
        name: value for name, value in os.environ.items() if name.upper() in {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    }


def _digest(archive: Path) -> str:
    with tarfile.open(archive) as tar, contextlib.closing(tar.extractfile("index.json") or io.BytesIO()) as index:
        return json.load(index)["manifests"][0]["digest"]
