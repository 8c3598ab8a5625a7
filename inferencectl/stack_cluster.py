"""Whether a stack's cluster is a sandbox of its own or one that is there already, as it was first asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from inferencectl.existing_cluster.existing_cluster import ExistingCluster
from inferencectl.existing_cluster.image_loading import ImageLoading
from inferencectl.existing_cluster.kubeconfig import Kubeconfig
from inferencectl.sandbox.node import prerequisites
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.stack_nodes import LIVE
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically
from inferencectl.workspace.project import Project

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class StackCluster:
    """The choice of one stack; without one it has a sandbox."""

    project: Project
    stack: str

    @property
    def context(self) -> str | None:
        """The context whose cluster the stack uses; None for a sandbox."""
        return self._record.read_text(encoding="utf-8") if self._record.exists() else None

    def existing(self, progress: Progress) -> ExistingCluster | None:
        """The cluster of the context; None for a sandbox."""
        return self._of(self.context, progress) if self.context else None

    def choose(self, wanted: str | None, namespaces: Sequence[str], progress: Progress) -> None:
        """Use the cluster of a context from now on; without a wish, that of before.

        `current` is the kubeconfig's current context. `namespaces` are those that the stack is about to make.

        Raises:
            SandboxError: there is no such context, its cluster cannot be used for this, or the stack is somewhere else
                already; nothing was changed.
        """
        if wanted is None:
            return
        if self.stack != LIVE:
            raise SandboxError(
                f"CLUSTER= is for the stack {LIVE}, not for {self.stack}",
                f"leave it out; Pulumi deploys {self.stack} to the cluster of cluster.context in its stack file",
                exit_code=BAD_INPUT,
            )
        context = Kubeconfig.of_the_user().chosen(wanted)
        if context == self.context:
            return
        self._require_nothing_elsewhere(context)
        ImageLoading.into(context)
        prerequisites.require_to_make_images(self._directory)
        cluster = self._of(context, progress)
        try:
            cluster.start()
            cluster.nodes().require_architecture()
            cluster.require_room_for(namespaces)
        except BaseException:
            cluster.forget()
            raise
        write_atomically(self._record, context)

    def require_named(self, named: str) -> None:
        """Raise SandboxError if the stack is on the cluster of a context, and its file names another one."""
        if self.context in (None, named):
            return
        file = self.project.stack_file(self.stack).name
        raise SandboxError(
            f"{file}: inference:platform.cluster.context: {named}; the stack is on the cluster of {self.context}",
            f"write {self.context} there, or first delete the stack: make down STACK={self.stack}; the kubeconfig has "
            f"the contexts {', '.join(Kubeconfig.of_the_user().contexts)}",
            exit_code=BAD_INPUT,
        )

    def _of(self, context: str, progress: Progress) -> ExistingCluster:
        program = toolchain.ensure(progress).kubectl
        return ExistingCluster(directory=self._directory.absolute(), context=context, program=program)

    def _require_nothing_elsewhere(self, context: str) -> None:
        if self._directory.exists():
            there = f"the cluster of {self.context}" if self.context else "a sandbox of its own"
            raise SandboxError(
                f"the stack {self.stack} is on {there}, and CLUSTER= asks for that of {context}",
                f"first delete it there: make down STACK={self.stack}; nothing was changed",
                exit_code=BAD_INPUT,
            )
        file = self.project.stack_file(self.stack)
        named = _context_of(file)
        if named not in (None, context):
            raise SandboxError(
                f"{file.name}: cluster.context is {named}, and CLUSTER= asks for {context}",
                f"move the file away, so that one is written for {context}; nothing was changed",
                exit_code=BAD_INPUT,
            )

    @property
    def _directory(self) -> Path:
        return self.project.cluster_directory(self.stack)

    @property
    def _record(self) -> Path:
        return self._directory / "context"


def _context_of(file: Path) -> str | None:
    """The context that a stack file names, None if there is no file; what is wrong with it is told elsewhere."""
    try:
        return str(
            yaml.safe_load(file.read_text(encoding="utf-8"))["config"]["inference:platform"]["cluster"]["context"]
        )
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError, yaml.YAMLError):
        return ""
