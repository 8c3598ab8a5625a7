"""What a killed Pulumi leaves in the state of a stack, and how it is put right."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from inferencectl.pulumi.narration import Say
from inferencectl.pulumi.stack_commands import StackCommands, StackState

_FIELD_MANAGER = "pulumi-kubernetes"


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """Puts the state of one stack right, by what is found in the cluster that `connect` speaks to.

    Pulumi records that it is about to create an object, and what has become of it. Where it was killed in between, it
    does not know the object and cannot create it a second time. What it had created is adopted, with its data; what
    it had not is forgotten, and the next deployment creates it.
    """

    commands: StackCommands
    connect: Callable[[], AbstractContextManager[ApiClient]]
    say: Say

    def settle(self) -> bool:
        """Settle what is pending, and return whether there was anything.

        Raises:
            SandboxError: Pulumi failed, or the cluster does not answer.
        """
        state = self.commands.state()
        if not state.pending:
            return False
        adopted = list(self._created(state))
        found = f"of {len(state.pending)} unfinished operations, {len(adopted)} had created an object, which is adopted"
        self.say(f"an earlier run was interrupted: {found}")
        self.commands.replace_state(state.settled(adopted))
        # It completes what was adopted with what the cluster says of it, and corrects what was being changed.
        self.commands.refresh()
        return True

    def _created(self, state: StackState) -> Iterator[Mapping[str, Any]]:
        """What stands for each object that is in the cluster, that Pulumi has made there and does not know."""
        known = {resource["urn"] for resource in state.resources}
        begun = {
            ObjectKey.of(inputs): operation["resource"]
            for operation in state.pending
            if operation["type"] == "creating" and "kind" in (inputs := operation["resource"].get("inputs") or {})
        }
        with self.connect() as api:
            live = Resources(api).live(begun)
        for key, resource in begun.items():
            managers = live[key]["metadata"].get("managedFields") or () if key in live else ()
            is_own = any(str(entry.get("manager")).startswith(_FIELD_MANAGER) for entry in managers)
            if is_own and resource["urn"] not in known:
                yield {**resource, "id": f"{key.namespace}/{key.name}" if key.namespace else key.name}
