"""An image of `model_images/`, built by its Dockerfile as it is; only the bases are made here."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inferencectl.sandbox.images.buildkit import BUILDER, BUILDKIT, Build
from inferencectl.sandbox.images.debian import DebianRoot
from inferencectl.sandbox.images.image import Recipe, ensure
from inferencectl.sandbox.images.oci import architecture, reference
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

BASES = "inferencectl/sandbox/images/bases.py"
_CONTINUED = re.compile(r"\\\n\s*")
_BASE = re.compile(r"^FROM (\S+)(?: AS (\S+))?$", re.MULTILINE)
_ARGUMENT = re.compile(r"\$\{(\w+)\}")
_PACKAGES = "requirements.txt"
_REQUIREMENT = re.compile(r"^(\S+?)==\S[^\n]*\n(?:[ ]+[^\n]*\n)*", re.MULTILINE)
_NONE = re.compile(r"(?!)")
_COPIED = re.compile(r"^COPY (?!--from=)(?:--\S+ )*(\S+) \S+$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class DockerfileImage:
    """The image `name` by `model_images/NAME/Dockerfile` of a `checkout`.

    `bases` are made in place of the images that the build arguments name by default; `arguments` are further build
    arguments. `left_out` matches the names of packages that are not installed although the list of the Dockerfile has
    them. `root` is what BuildKit itself runs in.
    """

    name: str
    checkout: Path
    bases: Mapping[str, Recipe]
    root: DebianRoot
    arguments: Mapping[str, str] = field(default_factory=dict)
    left_out: re.Pattern[str] = _NONE
    disk_mib: int = 3000

    @property
    def dockerfile(self) -> Path:
        """The Dockerfile, below `checkout`."""
        return self.checkout / "model_images" / self.name / "Dockerfile"

    @property
    def key(self) -> str:
        """See `Recipe`."""
        bases = {argument: base.key for argument, base in sorted(self.bases.items())}
        inputs = [bases, sorted(self.arguments.items()), BUILDKIT.version, architecture()]
        inputs += [BUILDER.read_text(encoding="utf-8")]
        digest = hashlib.sha256(json.dumps(inputs).encode())
        for file in self._files():
            digest.update(f"{file.relative_to(self.checkout)}\0{file.stat().st_mode & 0o100}\0".encode())
            digest.update(self._content(file))
        return digest.hexdigest()[:12]

    def write(self, directory: Path, cache: Path, progress: Callable[[str], None]) -> str:
        """See `Recipe`.

        Raises:
            SandboxError: the Dockerfile names a base that is not made here, a base cannot be made, or a step
                fails.
        """
        self._check_bases()
        build = Build(
            context=self._context(directory),
            dockerfile=self.dockerfile.relative_to(self.checkout),
            remedy=f"correct the step in {self.dockerfile}, or give the machine access to what the step fetches",
            bases={argument: ensure(base, cache, progress) for argument, base in self.bases.items()},
            arguments=self.arguments,
            name=reference(self.name, self.key),
        )
        work = directory / "work"
        work.mkdir()
        digest = build.run(self.root, work, cache, progress)
        (work / "image.tar").rename(directory / "image.tar")
        for path in (work, build.context):
            shutil.rmtree(path)
        return digest

    def _context(self, directory: Path) -> Path:
        """What the Dockerfile finds of the checkout: the files that it copies."""
        context = directory / "context"
        for file in self._files():
            copy = context / file.relative_to(self.checkout)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(self._content(file))
            copy.chmod(file.stat().st_mode)
        return context

    def _content(self, file: Path) -> bytes:
        if file.name != _PACKAGES:
            return file.read_bytes()
        text = file.read_text(encoding="utf-8")
        return _REQUIREMENT.sub(lambda each: "" if self.left_out.fullmatch(each[1]) else each[0], text).encode()

    @property
    def _text(self) -> str:
        """The Dockerfile with continued lines joined."""
        return _CONTINUED.sub("", self.dockerfile.read_text(encoding="utf-8"))

    def _check_bases(self) -> None:
        """Nothing is pulled: a base is a stage of the file, or made here for its build argument."""
        stages: set[str] = set()
        for base, stage in _BASE.findall(self._text):
            argument = _ARGUMENT.fullmatch(base)
            if base not in stages and (argument is None or argument[1] not in self.bases):
                made = ", ".join(f"${{{name}}}" for name in self.bases)
                raise SandboxError(
                    f"{self.dockerfile}: FROM {base} is not made on the machine",
                    f"build on {made}; to make another base, add it to {BASES}",
                    exit_code=BAD_INPUT,
                )
            stages.add(stage)

    def _files(self) -> Iterator[Path]:
        """The Dockerfile, and everything of the checkout that it copies."""
        for path in (self.dockerfile, *(self.checkout / copied for copied in _COPIED.findall(self._text))):
            files = sorted(path.rglob("*")) if path.is_dir() else [path]
            yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)
