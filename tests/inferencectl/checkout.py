"""A copy of the checkout with a small stack, and the command line run in it as a user runs it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from inferencectl.sandbox import processes
from inferencectl.workspace.project import Project

ROOT = Path(__file__).parents[2]
PARTS = (
    *("__main__.py", "versions.py", "images.lock", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"),
    *("cluster", "components", "policies", "privacy", "registry", "inferencectl", "settings"),
)
STACK = "tiny"
# Longer than any command here takes, on a machine that does a few other things.
COMMAND_SECONDS = 120
_KEPT = (
    *("HOME", "XDG_CACHE_HOME", "TMPDIR"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL_S3", "AWS_MAX_ATTEMPTS"),
)
_ANSI = re.compile(r"\x1b")


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def is_plain(self) -> bool:
        """Whether it wrote neither a traceback nor an escape code of a terminal."""
        return "Traceback" not in self.err and not _ANSI.search(self.out + self.err)


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """The copy at `root`; its commands find `variables` in their environment."""

    root: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def copied_to(cls, root: Path, variables: Mapping[str, str] | None = None) -> "Checkout":
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
            copy(ROOT / part, root / part)
        checkout = cls(root=root, variables=variables or {})
        checkout.write(STACK, tiny())
        return checkout

    def write(self, stack: str, platform: Mapping[str, Any]) -> None:
        """Give the copy a stack that its policies treat as the dev stack."""
        text = yaml.safe_dump({"config": {"inference:platform": platform}})
        self.project.stack_file(stack).write_text(text, encoding="utf-8")
        configurations = self.project.policy_pack / "config"
        shutil.copy(configurations / "dev.json", configurations / f"{stack}.json")

    @property
    def project(self) -> Project:
        return Project(self.root)

    @property
    def sandboxes(self) -> Path:
        """Where everything would be that a command starts."""
        return self.root / ".sandbox"

    def components(self) -> dict[str, psutil.Process]:
        """The processes of the tiny stack's control plane, by name."""
        running = processes.running(self.project.cluster_directory(STACK))
        return {component.name: component.process for component in running}

    def processes(self) -> list[psutil.Process]:
        """All that works in the copy, whoever has started it."""
        return [process for process in psutil.process_iter() if self._holds(process)]

    def _holds(self, process: psutil.Process) -> bool:
        try:
            return any(str(self.root) in text for text in (process.cwd(), *process.cmdline()))
        except psutil.Error:
            return False

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command in a process group of its own, as a shell does."""
        command = [sys.executable, "-m", "inferencectl", *arguments]
        pipe, environment = subprocess.PIPE, {**_environment(), **self.variables}
        return subprocess.Popen(
            command, cwd=self.root, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )

    def run(self, *arguments: str, limit_seconds: float = COMMAND_SECONDS) -> Finished:
        """Run a command to its end."""
        return finish(self.start(*arguments), limit_seconds)

    def on_stack(self, command: str, *arguments: str) -> Finished:
        """Run a command on the tiny stack."""
        return self.run(command, "--stack", STACK, *arguments)


def finish(process: subprocess.Popen[str], limit_seconds: float = COMMAND_SECONDS) -> Finished:
    """Wait for a command that was begun."""
    try:
        out, err = process.communicate(timeout=limit_seconds)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Finished(code=process.returncode, out=out, err=err)


def until(process: subprocess.Popen[str], text: str) -> str:
    """What a command has written to its standard error up to the line with `text`."""
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"ended without {text!r}:\n{''.join(lines)}")


@contextmanager
def removed(checkout: Checkout, stack: str = STACK) -> Iterator[Checkout]:
    """The checkout, whose control plane is ended afterwards, whatever has happened."""
    try:
        yield checkout
    finally:
        checkout.run("down", "--stack", stack)
        for process in checkout.processes():
            process.kill()


def tiny(*models: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a stack that is ready within seconds: one model, or `models`."""
    return {
        "environment": "dev",
        "cluster": {"context": "tiny"},
        "namespace": "models-tiny",
        "admission": {"requireDigest": "advisory"},
        "storage": {"region": "eu-central-1", "credentialsSecret": "model-storage", "cidrs": ["192.0.2.0/24"]},
        "models": [*models] or [model()],
    }


def model(name: str = "iris", **fields: Any) -> dict[str, Any]:
    """The configuration of a small model."""
    version = {"version": 1, "storage": f"s3://models/{name}/1", "sha256": "ab" * 32}
    defaults = {"name": name, "runtime": "tensorflow-serving", "size": "2Mi", "resources": "small"}
    return {**defaults, "versions": [version], **fields}


def _environment() -> dict[str, str]:
    """No terminal, no colours, and no pulumi: the tests are about the sandbox's own deployer."""
    folders = os.environ["PATH"].split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if not (Path(folder) / "pulumi").exists())
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PATH": path, "LANG": "C.UTF-8"}
