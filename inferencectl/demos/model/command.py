"""`demo-model`: every step is a command that a data scientist would use, shown before it runs."""

import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from inferencectl.console import say
from inferencectl.demos.model.workspace import STACK, Workspace
from inferencectl.sandbox.live.model_registry import ModelRegistry
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.live.store_process import StoreProcess
from inferencectl.sandbox.live.training import Training
from inferencectl.stack_sandbox import StackSandbox
from inferencectl.workspace.errors import INTERRUPTED, SandboxError
from inferencectl.workspace.project import Project

FEW_EPOCHS = 2
"""So few that the classifier is visibly worse than with the default number."""


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """A workspace, the environment of its commands, and the console on which they are shown."""

    workspace: Workspace
    environment: Mapping[str, str]
    training: Training
    console: Console

    def announce(self, sentence: str) -> None:
        """Announce the next step."""
        self.console.print(f"\n[bold]{sentence}[/bold]", highlight=False)

    def train(self, output: str, *options: str) -> None:
        """Train the example model; the result is version `output`/1."""
        arguments = ["-m", "digits_model", "train", "--output", output, "--variant", "saved-model", *options]
        self._run(self.training.python, arguments)

    def registry(self, *arguments: str) -> None:
        """Run a command of the registry."""
        self._run(Path(sys.executable), ["-m", "registry", *arguments])

    def sandbox(self, command: str) -> None:
        """Run a sandbox command on the stack."""
        self._run(Path(sys.executable), ["-m", "inferencectl", command, "--stack", STACK])

    def _run(self, python: Path, arguments: Sequence[str]) -> None:
        shown = shlex.join(["python", *arguments])
        self.console.print(f"[green]$[/green] {shown}", highlight=False)
        self.console.file.flush()
        ended = subprocess.run([python, *arguments], cwd=self.workspace.root, env=self.environment, check=False)
        if ended.returncode:
            raise SandboxError(f"`{shown}` failed with exit code {ended.returncode}", "see its error above")


def show_model(project: Project, training_python: Path, console: Console) -> None:
    """Train two versions, publish both, promote one after the other, and show the preview of that change.

    Everything, including the sandbox, is in a temporary directory that is deleted at the end.

    Raises:
        SandboxError: the training environment does not exist, or a step failed.
    """
    training = Training(root=project.root, python=training_python.absolute())
    training.require_python("run: make demo-model")
    try:
        with _prepared(project, training, console) as shown:
            _perform(shown)
    except KeyboardInterrupt:
        raise SandboxError(
            "interrupted", "everything that it created has been deleted", exit_code=INTERRUPTED
        ) from None


def _perform(shown: Demonstration) -> None:
    shown.announce("A first model is trained, published, and promoted to stable.")
    shown.train("first", "--epochs", str(FEW_EPOCHS))
    shown.registry("publish", "digits", "first/1", "--description", "first/1.yaml")
    shown.registry("promote", "digits@1", "stable")

    shown.announce("A stack refers to it by name, and is deployed.")
    shown.console.print(shown.workspace.stack_file.read_text(encoding="utf-8"), highlight=False, markup=False)
    shown.sandbox("up")

    shown.announce("A better model is trained and published. The stack does not change until it is promoted.")
    shown.train("second")
    shown.registry("publish", "digits", "second/1", "--description", "second/1.yaml")
    shown.registry("promote", "digits@2", "stable", "--from", "1")
    shown.registry("verify", "digits@stable")

    shown.announce("The preview shows the change before anything is deployed.")
    shown.sandbox("preview")


@contextmanager
def _prepared(project: Project, training: Training, console: Console) -> Iterator[Demonstration]:
    with TemporaryDirectory(prefix="demo-model-") as directory:
        root = Path(directory)
        workspace = Workspace.made(project, root)
        workspace.temporary.mkdir()
        store = _store(workspace)
        try:
            registry = ModelRegistry(root=root, store=store.ensure(say), keys=workspace.signing_keys)
            # TensorFlow leaves bytecode in the directory for temporary files.
            variables = {**training.environment, **registry.environment, "TMPDIR": str(workspace.temporary)}
            yield Demonstration(workspace=workspace, environment=variables, training=training, console=console)
        finally:
            StackSandbox(project=Project(root), stack=STACK).delete(say)
            store.stop()


def _store(workspace: Workspace) -> StoreProcess:
    files = StoreFiles(workspace.storage)
    files.ensure()
    return StoreProcess(directory=workspace.storage, files=files)
