"""How one image is made, and the cache of those that were."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from inferencectl.sandbox.images.cached import cached
from inferencectl.sandbox.images.contents import Contents
from inferencectl.sandbox.images.debian import DebianRoot
from inferencectl.sandbox.images.layer import write_layer
from inferencectl.sandbox.images.oci import ImageConfig, LocalImage, architecture, reference, write_archive

WRITERS = tuple(Path(__file__).with_name(name) for name in ("contents.py", "layer.py", "oci.py"))
"""What an image depends on beside its recipe: a change of these makes another image of the same files."""

KEPT = 3
"""How many images of one name are kept: gigabytes would gather otherwise, one for each change."""


class Recipe(Protocol):
    """How an image is made."""

    @property
    def name(self) -> str:
        """The last part of the image's name."""
        ...

    @property
    def key(self) -> str:
        """12 hexadecimal digits of everything that the image is made of; known before it is made."""
        ...

    @property
    def disk_mib(self) -> int:
        """Enough free space to make it."""
        ...

    def write(self, directory: Path, cache: Path, progress: Callable[[str], None]) -> str:
        """Writes `image.tar` in `directory`, named after name and key, and returns the digest of its manifest."""
        ...


@dataclass(frozen=True, kw_only=True)
class WrittenImage:
    """An image that needs no Dockerfile: a root file system, if it needs one, and one layer of files above it."""

    name: str
    config: ImageConfig
    root: DebianRoot | None = None
    contents: Sequence[Contents] = field(default_factory=tuple)
    disk_mib: int = 1500

    @property
    def key(self) -> str:
        """See `Recipe`."""
        made_of = [each.made_of for each in self.contents]
        inputs = [self.root.key if self.root else None, made_of, self.config.document, architecture()]
        inputs += [file.read_text(encoding="utf-8") for file in WRITERS]
        return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:12]

    def write(self, directory: Path, cache: Path, progress: Callable[[str], None]) -> str:
        """See `Recipe`; raises SandboxError if something that goes in cannot be had."""
        layers = self.layers(directory, cache, progress)
        return write_image(directory, layers, self.config, reference(self.name, self.key))

    def layers(self, directory: Path, cache: Path, progress: Callable[[str], None]) -> Sequence[Path]:
        """The layers, lowest first: the root file system, which stays in `cache`, and `layer.tar` in `directory`.

        Raises:
            SandboxError: something that goes in cannot be had.
        """
        layers = [self.root.archive(cache, progress)] if self.root else []
        if self.contents:
            files = [each.files(cache, progress) for each in self.contents]
            layer = directory / "layer.tar"
            write_layer(layer, {path: content for part in files for path, content in part.items()})
            layers.append(layer)
        return layers


def write_image(directory: Path, layers: Sequence[Path], config: ImageConfig, name: str) -> str:
    """Writes the archive that a recipe makes, and returns its digest; layers in `directory` are removed after it."""
    digest = write_archive(directory / "image.tar", layers, config, name)
    for layer in layers:
        if layer.parent == directory:
            layer.unlink()
    return digest


def ensure(recipe: Recipe, cache: Path, progress: Callable[[str], None]) -> LocalImage:
    """The image of a recipe, made if `cache` does not have it; raises SandboxError with the reason if that fails."""
    name = reference(recipe.name, recipe.key)

    def make(partial: Path) -> None:
        digest = recipe.write(partial, cache, progress)
        (partial / "digest").write_text(digest, encoding="utf-8")

    target = cache / f"image-{recipe.name}-{recipe.key}"
    directory = cached(target, make, progress, subject=f"the image {name}", disk_mib=recipe.disk_mib)
    _note_use(directory, recipe.name)
    digest = (directory / "digest").read_text(encoding="utf-8")
    return LocalImage(reference=name, digest=digest, archive=directory / "image.tar")


def _note_use(directory: Path, name: str) -> None:
    """Keeps the images of this name that were used last, which other checkouts may need, and removes older ones."""
    directory.touch()
    named = re.compile(rf"image-{re.escape(name)}-[0-9a-f]{{12}}")
    images = [path for path in directory.parent.iterdir() if named.fullmatch(path.name)]
    for unused in sorted(images, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(unused, ignore_errors=True)
