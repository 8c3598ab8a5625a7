"""The engine of `up` and `preview` if Pulumi is installed: `pulumi` itself, on the sandbox's cluster."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient
from pulumi.automation import LocalWorkspace, Stack
from pulumi.automation.events import EngineEvent

from inferencectl.changes import Outcome, Plan
from inferencectl.deployer import Deployer, KubernetesObject
from inferencectl.pulumi.executable import pulumi_command
from inferencectl.pulumi.failure import FailureEvents, failures_explained, missing_plugin
from inferencectl.pulumi.narration import Narration, Say
from inferencectl.pulumi.recovery import Recovery
from inferencectl.pulumi.stack_commands import StackCommands
from inferencectl.pulumi.steps import Steps
from inferencectl.pulumi.workspace import PulumiWorkspace, is_pulumi
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project


class PulumiEngine:
    """Deploys one stack of a checkout to the cluster of ``kubeconfig`` with the `pulumi` on the PATH.

    State, passphrase and Pulumi's home belong to the sandbox. It is safe to interrupt at any moment, even with
    `kill -9`: the next run continues from there. Callers have to ensure that a stack has one deployment at a time.

    Every method reports progress to `say`, and raises a SandboxError if Pulumi fails (exit code 1) or cannot run on
    this machine (2).
    """

    def __init__(self, *, project: Project, stack: str, kubeconfig: Path) -> None:
        self._project = project
        self._stack = stack
        self._kubeconfig = kubeconfig
        self._workspace = PulumiWorkspace(project=project, stack=stack)

    def preview(self, say: Say) -> Plan:
        """The changes that `up` would make; nothing is written."""
        doing = "comparing the stack with the cluster"
        return self._run(self._open().preview, say, doing, carried_out=False, refresh=True, **self._policies())

    def up(self, say: Say, objects: Iterable[KubernetesObject]) -> Outcome:
        """Deploy the program, undoing drift, and return what was done.

        `objects` are those of the program, so that numbers of pods pass between it and autoscalers. Pulumi asks the
        policies about each resource just before it sends it. Callers who want a violation to end the run before
        anything is sent have all resources judged first.
        """
        started = time.monotonic()
        stack = self._open()
        self._recovery(say).settle()
        self._hand_over(list(objects))
        plan = self._run(stack.up, say, "deploying the stack", carried_out=True, refresh=True, **self._policies())
        return Outcome(changes=plan.changes, seconds=time.monotonic() - started)

    def recover(self, say: Say) -> bool:
        """Put right what a killed run has left, and deploy nothing; False if there was nothing of the kind."""
        was_locked = self._workspace.lock_owners()
        self._open()
        return self._recovery(say).settle() or bool(was_locked)

    def destroy(self, say: Say) -> Outcome:
        """Delete all resources of the stack, and return what was done."""
        started = time.monotonic()
        stack = self._open()
        self._recovery(say).settle()
        plan = self._run(stack.destroy, say, "deleting the stack", carried_out=True)
        return Outcome(changes=plan.changes, seconds=time.monotonic() - started)

    def _open(self) -> Stack:
        self._write_workspace()
        if not self._workspace.has_provider:
            # Pulumi itself would fail only after it has started the program, with a traceback of the program.
            raise missing_plugin("resource", "kubernetes")
        workspace = LocalWorkspace(
            work_dir=str(self._workspace.directory),
            pulumi_command=pulumi_command(self._workspace.home),
            env_vars=self._workspace.environment(self._kubeconfig),
        )
        with failures_explained(self._stack, FailureEvents()):
            stack = Stack.create_or_select(self._stack, workspace)
            self._release_lock(stack)
        return stack

    def _write_workspace(self) -> None:
        try:
            self._workspace.write()
        except OSError as error:
            raise SandboxError(
                f"{error.filename or self._workspace.directory}: {error.strerror}",
                "free disk space, or make the directory writable, then run the same command again",
                exit_code=BAD_INPUT,
            ) from error

    def _run(
        self,
        operation: Callable[..., Any],
        say: Say,
        doing: str,
        *,
        carried_out: bool,
        **options: Any,  # noqa: ANN401 - those of Pulumi's operation
    ) -> Plan:
        steps, failures, narration = Steps(carried_out), FailureEvents(), Narration(say, doing)

        def take(event: EngineEvent) -> None:
            failures(event)
            change = steps.take(event)
            narration.take(event, change if carried_out else None)

        with failures_explained(self._stack, failures), narration:
            operation(on_event=take, suppress_progress=True, color="never", **options)
        return steps.plan

    def _hand_over(self, objects: Collection[KubernetesObject]) -> None:
        """What the deployer does in the course of a deployment comes before Pulumi's, which deletes last."""
        if not objects:
            return
        leaving = self._commands().state().objects - {item.key for item in objects}
        with self._connect() as api:
            Deployer(api, self._stack).hand_over(objects, leaving)

    def _recovery(self, say: Say) -> Recovery:
        return Recovery(commands=self._commands(), connect=self._connect, say=say)

    def _connect(self) -> ApiClient:
        return config.new_client_from_config(str(self._kubeconfig))

    def _commands(self) -> StackCommands:
        return StackCommands(
            command=pulumi_command(self._workspace.home),
            stack=self._stack,
            directory=self._workspace.directory,
            variables=self._workspace.environment(self._kubeconfig),
        )

    def _policies(self) -> Mapping[str, list[str]]:
        configuration = self._project.policy_configuration(self._stack)
        return {
            "policy_packs": [str(self._project.policy_pack.absolute())],
            "policy_pack_configs": [str(configuration.absolute())] if configuration else [],
        }

    def _release_lock(self, stack: Stack) -> None:
        """Clean up after a killed run: Pulumi does not release the lock of a dead process."""
        owners = self._workspace.lock_owners()
        alive = [owner for owner in owners if is_pulumi(owner)]
        if alive:
            raise SandboxError(
                f"another pulumi (process {alive[0]}) is working on the stack {self._stack}",
                "wait until it has finished, or stop it, then run the same command again",
            )
        if owners:
            self._workspace.end_plugins()
            stack.cancel()
