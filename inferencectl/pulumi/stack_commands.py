"""Pulumi's commands for one stack, where the Automation API has none or one that does more."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from pulumi.automation import PulumiCommand

from inferencectl.deployer.keys import ObjectKey
from inferencectl.pulumi.failure import FailureEvents, failures_explained


@dataclass(frozen=True, kw_only=True)
class StackState:
    """What Pulumi knows of a stack: a `document` in the format of `pulumi stack export`, with its secrets encrypted."""

    document: Mapping[str, Any]

    @property
    def resources(self) -> Sequence[Mapping[str, Any]]:
        """The resources with `urn`, `type`, `inputs` and so on, each after those that it depends on."""
        return (self.document.get("deployment") or {}).get("resources") or []

    @property
    def objects(self) -> set[ObjectKey]:
        """The Kubernetes objects among the resources."""
        manifests = (resource.get("inputs") or {} for resource in self.resources)
        return {ObjectKey.of(manifest) for manifest in manifests if "kind" in manifest and "metadata" in manifest}

    @property
    def pending(self) -> Sequence[Mapping[str, Any]]:
        """What an earlier run had begun and did not finish: `type` (creating, updating …) and `resource`."""
        return (self.document.get("deployment") or {}).get("pending_operations") or []

    def settled(self, adopted: Iterable[Mapping[str, Any]]) -> "StackState":
        """The same with further resources, and nothing that is pending."""
        deployment = {**self.document["deployment"], "resources": [*self.resources, *adopted], "pending_operations": []}
        return StackState(document={**self.document, "deployment": deployment})


@dataclass(frozen=True, kw_only=True)
class StackCommands:
    """Runs `command` in the `directory` of the project, with the variables of this process and `variables`."""

    command: PulumiCommand
    stack: str
    directory: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def state(self) -> StackState:
        """What Pulumi knows of the stack.

        Raises:
            SandboxError: it cannot be read.
        """
        return StackState(document=json.loads(self._run("stack", "export")))

    def replace_state(self, state: StackState) -> None:
        """Replace what Pulumi knows of the stack.

        Raises:
            SandboxError: Pulumi refused it.
        """
        with NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(state.document, file)
            file.flush()
            self._run("stack", "import", "--file", file.name)

    def refresh(self) -> None:
        """Compare the state with the cluster and correct the state.

        Raises:
            SandboxError: it failed.
        """
        self._run("refresh", "--yes", "--skip-preview", "--color", "never")

    def cancel(self) -> None:
        """Release the lock of the stack; whoever holds it must be gone.

        Raises:
            SandboxError: it failed.
        """
        self._run("cancel", "--yes")

    def _run(self, *arguments: str) -> str:
        with failures_explained(self.stack, FailureEvents()):
            return self.command.run(
                [*arguments, "--stack", self.stack], cwd=str(self.directory), additional_env=self.variables
            ).stdout
