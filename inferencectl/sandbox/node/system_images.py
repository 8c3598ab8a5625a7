"""The images of the node's own pods, each of one program built from its Go module."""

import hashlib
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.images.cached import cache_directory, cached
from inferencectl.sandbox.images.oci import ImageConfig, LocalImage, reference, write_archive
from inferencectl.sandbox.toolchain.node_tools import NodePrograms

DISK_MIB = 300


@dataclass(frozen=True, kw_only=True)
class SystemImages:
    """`pause` holds the namespaces of every pod; `coredns` gives them names."""

    pause: LocalImage
    coredns: LocalImage

    @property
    def every(self) -> tuple[LocalImage, ...]:
        """Both."""
        return (self.pause, self.coredns)


def ensure(programs: NodePrograms, progress: Callable[[str], None]) -> SystemImages:
    """Returns the images, making those that are not cached; raises SandboxError where the disk is too full."""
    return SystemImages(
        pause=_image("pause", programs.containerd / "pause", progress),
        coredns=_image("coredns", programs.coredns / "coredns", progress),
    )


def _image(name: str, program: Path, progress: Callable[[str], None]) -> LocalImage:
    # The directory of a built tool is named after everything that it is made of.
    key = hashlib.sha256(json.dumps([name, program.parent.name]).encode()).hexdigest()[:12]

    def make(partial: Path) -> None:
        layer = partial / "layer.tar"
        with tarfile.open(layer, "w", format=tarfile.USTAR_FORMAT) as tar:
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = 0o755, program.stat().st_size
            with program.open("rb") as stream:
                tar.addfile(entry, stream)
        config = ImageConfig(entrypoint=(f"/{name}",), user="65532:65532")
        digest = write_archive(partial / "image.tar", [layer], config, reference(name, key))
        (partial / "digest").write_text(digest)
        layer.unlink()

    target = cache_directory() / f"{name}-{key}"
    made = cached(target, make, progress, subject=f"the image {name}", disk_mib=DISK_MIB)
    return LocalImage(reference=reference(name, key), digest=(made / "digest").read_text(), archive=made / "image.tar")
