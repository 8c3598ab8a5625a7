"""One Go module of `tools/`: its version, its place in the cache, and how it is built."""

import errno
import hashlib
import json
import platform
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from inferencectl.sandbox.toolchain import go_compiler
from inferencectl.sandbox.toolchain.go_build import GoBuild
from inferencectl.sandbox.toolchain.go_compiler import GoCompiler
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

MODULES = Path(__file__).parent / "tools"
LOG_TAIL_LINES = 15
MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class GoTool:
    """A folder `name` under `tools/` whose `tool` lines are built and whose `module` gives the version.

    `stamps` maps linker variables to templates of `{version}`, `{major}` and `{minor}`; `files` are globs of data
    files to copy from the module, and `folders` the names under which whole folders of it are copied beside them;
    `build_tags` exclude what is not needed. A `tool` line may name a program of our own, in a folder beside go.mod. A
    tool that is `pinned_in` another tool's folder consists of files only, from the module version pinned there: nothing
    is built for it. `disk_mib` is enough space for a first build including what Go caches for it.
    """

    name: str
    module: str
    disk_mib: int
    stamps: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    folders: Mapping[str, str] = field(default_factory=dict)
    build_tags: tuple[str, ...] = ()
    pinned_in: str = ""

    @property
    def source(self) -> Path:
        """The folder with the tool's go.mod."""
        return MODULES / (self.pinned_in or self.name)

    @cached_property
    def version(self) -> str:
        """The version that go.mod requires, such as `v1.36.3`."""
        required = re.search(rf"^(?:require)?\s+{re.escape(self.module)} (v\S+)", self._go_mod, re.MULTILINE)
        if required is None:
            raise SandboxError(f"{self.source / 'go.mod'} does not require {self.module}", "add the requirement")
        return required[1]

    def cached_directory(self, cache: Path) -> Path:
        """The directory of the built tool in `cache`; its name changes with everything that the result depends on."""
        go_sum = (self.source / "go.sum").read_text()
        inputs = [self._go_mod, go_sum, dict(self.stamps), self.files, platform.system(), platform.machine()]
        inputs += [self.build_tags] if self.build_tags else []
        inputs += [dict(self.folders)] if self.folders else []
        inputs += [text for file in sorted(self.source.rglob("*.go")) for text in (file.name, file.read_text())]
        digest = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:12]
        return cache / f"{self.name}-{self.version}-{digest}"

    def cached_files(self, cache: Path) -> tuple[Path, ...]:
        """The data files copied from the module, sorted by name."""
        return tuple(sorted((self.cached_directory(cache) / "files").iterdir()))

    def is_cached(self, cache: Path) -> bool:
        """Whether the tool is complete: its directory is renamed into place after everything in it is written."""
        return self.cached_directory(cache).is_dir()

    def build(self, cache: Path, compiled: Path, progress: Callable[[str], None], cancelled: threading.Event) -> None:
        """Builds the tool into `cache`, with Go's build cache in `compiled`.

        Raises:
            BuildCancelledError: `cancelled` was set.
            SandboxError: the disk is full, or the build failed; with the compiler's last lines and the path of the log.
        """
        target = self.cached_directory(cache)
        partial = target.with_name(f"{target.name}.partial")
        log = cache / "logs" / f"{target.name}.log"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            log.parent.mkdir(exist_ok=True)
            (partial / "files").mkdir(parents=True)
            compiler = go_compiler.find(cache, self.source, progress)
            self.check_disk(Path(compiler.query("env", "GOMODCACHE", directory=self.source).strip()))
            if self._has_programs:
                finished = self._build_of(compiler, partial, compiled).run(progress, cancelled)
                if finished.returncode != 0:
                    raise self._failed(finished.stdout, log)
            self._copy_files(compiler, partial / "files", log)
            partial.rename(target)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise self._no_space(cache) from error
            raise SandboxError(
                f"cannot cache {self.name}: {error}", "set XDG_CACHE_HOME to a writable directory"
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def check_disk(self, directory: Path) -> None:
        """Raises SandboxError unless the file system of `directory` has enough space for a first build."""
        if shutil.disk_usage(_nearest_existing(directory)).free < self.disk_mib * MIB:
            raise self._no_space(directory)

    @cached_property
    def _go_mod(self) -> str:
        return (self.source / "go.mod").read_text()

    def _no_space(self, directory: Path, detail: str = "") -> SandboxError:
        free_mib = shutil.disk_usage(_nearest_existing(directory)).free // MIB
        return SandboxError(
            f"not enough disk space to build {self.name} {self.version}: {directory} has {free_mib} MiB free, "
            f"{self.disk_mib} MiB are needed{detail}",
            "free up space there, or set XDG_CACHE_HOME (and GOMODCACHE) to a directory with more space",
            exit_code=BAD_INPUT,
        )

    @property
    def _has_programs(self) -> bool:
        return not self.pinned_in and re.search(r"^tool\b", self._go_mod, re.MULTILINE) is not None

    def _build_of(self, compiler: GoCompiler, output: Path, compiled: Path) -> GoBuild:
        tags = ("-tags", ",".join(self.build_tags)) if self.build_tags else ()
        flags = ("-trimpath", "-ldflags", self._linker_flags(), *tags)
        return GoBuild(
            subject=f"{self.name} {self.version}",
            command=(str(compiler.executable), "build", *flags, "-o", f"{output}/", "tool"),
            directory=self.source,
            environment={**compiler.environment, "GOCACHE": str(compiled)},
        )

    def _linker_flags(self) -> str:
        major, minor, *_ = self.version.removeprefix("v").split(".")
        values = {
            name: text.format(version=self.version, major=major, minor=minor) for name, text in self.stamps.items()
        }
        return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in values.items())])

    def _copy_files(self, compiler: GoCompiler, target: Path, log: Path) -> None:
        if not self.files and not self.folders:
            return
        try:
            answer = compiler.query("mod", "download", "-json", self.module, directory=self.source)
        except subprocess.CalledProcessError as error:
            raise self._failed(error.stdout + error.stderr, log) from error
        module = Path(json.loads(answer)["Dir"])
        for pattern in self.files:
            for file in module.glob(pattern):
                # Some names occur in several upstream folders, such as role.yaml.
                copy = target / file.name
                shutil.copyfile(file, copy if not copy.exists() else target / f"{file.parent.name}-{file.name}")
        for name, folder in self.folders.items():
            # File by file: a copy of a folder of the module cache could not be deleted, as nobody may write to it.
            for file in (each for each in (module / folder).rglob("*") if each.is_file()):
                copy = target / name / file.relative_to(module / folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)

    def _failed(self, output: str, log: Path) -> SandboxError:
        full = re.search(r".*no space left on device.*", output)
        if full:
            return self._no_space(log.parent.parent, detail=f"; the Go command says: {full[0]}")
        log.write_text(output)
        tail = "\n".join(output.splitlines()[-LOG_TAIL_LINES:])
        return SandboxError(
            f"cannot build {self.name} {self.version}:\n{tail}", f"the whole output of the Go command is in {log}"
        )


def _nearest_existing(path: Path) -> Path:
    return path if path.exists() else _nearest_existing(path.parent)
