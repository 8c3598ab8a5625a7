"""The engine of `up` and `preview` if Pulumi is installed: `pulumi` itself, on the sandbox's cluster."""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kubernetes import config
from pulumi.automation import InvalidVersionError, LocalWorkspace, PulumiCommand, Stack

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from inferencectl.pulumi.failure import EngineEvents, failures_explained, missing_plugin
from inferencectl.pulumi.workspace import PulumiWorkspace, is_pulumi
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from inferencectl.workspace.variables import variable

Output = Callable[[str], None]

_REFRESHED = re.compile(r"\s*~\s+\S+ \S+ refresh(ing)?\b")


def find_pulumi() -> Path | None:
    """The `pulumi` executable on the PATH, or None."""
    found = shutil.which("pulumi")
    return Path(found) if found else None


class PulumiEngine:
    """Deploys one stack of a checkout to the cluster of ``kubeconfig`` with the `pulumi` on the PATH.

    State, passphrase and Pulumi's home belong to the sandbox. It is safe to interrupt at any moment, even with
    `kill -9`: the next run continues from there. Callers have to ensure that a stack has one deployment at a time.

    Every method passes on Pulumi's output, line by line, and raises a SandboxError if Pulumi fails (exit code 1) or
    cannot run on this machine (2).
    """

    def __init__(self, *, project: Project, stack: str, kubeconfig: Path) -> None:
        self._project = project
        self._stack = stack
        self._kubeconfig = kubeconfig
        self._workspace = PulumiWorkspace(project=project, stack=stack)

    def preview(self, on_output: Output) -> Mapping[str, int]:
        """The number of resources by the operation of Pulumi that `up` would run: create, update, same and so on."""
        return self._run(self._open().preview, on_output, refresh=True, **self._policies())

    def up(self, on_output: Output) -> Mapping[str, int]:
        """Deploy the program, undoing drift; returns the number of resources by operation.

        A violated mandatory policy ends the run before anything is sent.
        """
        stack = self._open()
        self._settle(stack, on_output)
        # Pulumi checks each resource just before it sends it; only a preview checks all of them before the first.
        on_output("checking the policies of the whole stack in a preview")
        self._run(stack.preview, _silence, refresh=True, **self._policies())
        return self._run(stack.up, on_output, refresh=True, **self._policies())

    def destroy(self, on_output: Output) -> Mapping[str, int]:
        """Delete all resources of the stack; returns the number of resources by operation."""
        stack = self._open()
        self._settle(stack, on_output)
        return self._run(stack.destroy, on_output)

    def _open(self) -> Stack:
        self._write_workspace()
        if not self._workspace.has_provider:
            # Pulumi itself would fail only after it has started the program, with a traceback of the program.
            raise missing_plugin("resource", "kubernetes")
        workspace = LocalWorkspace(
            work_dir=str(self._workspace.directory),
            pulumi_command=_command(self._workspace.home),
            env_vars=self._workspace.environment(self._kubeconfig),
        )
        with failures_explained(self._stack, EngineEvents()):
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

    def _run(self, operation: Callable[..., Any], on_output: Output, **options: Any) -> Mapping[str, int]:  # noqa: ANN401
        events = EngineEvents()
        with failures_explained(self._stack, events):
            output = _without_refreshes(on_output)
            operation(on_event=events, on_output=output, suppress_progress=True, color="never", **options)
        return events.counts

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

    def _settle(self, stack: Stack, on_output: Output) -> None:
        """Delete what a killed run had started to create: Pulumi does not know it, and cannot create over it."""
        with failures_explained(self._stack, EngineEvents()):
            pending = (stack.export_stack().deployment or {}).get("pending_operations") or []
        if not pending:
            return
        on_output("an earlier run was interrupted: deleting what it had started to create")
        started = [operation["resource"]["inputs"] for operation in pending if operation["type"] == "creating"]
        with config.new_client_from_config(str(self._kubeconfig)) as api:
            resources = Resources(api)
            keys = [ObjectKey.of(inputs) for inputs in started if "kind" in inputs]
            known = [key for key in keys if resources.is_known(key)]
            for key in known:
                resources.delete(key, "Background")
            resources.await_gone(known)
        self._run(stack.refresh, on_output, clear_pending_creates=True)


def _without_refreshes(on_output: Output) -> Output:
    """Drop the two lines about the refresh of each resource: drift is reported as a change afterwards."""
    return lambda line: None if _REFRESHED.match(line) else on_output(line)


def _silence(_line: str) -> None:
    pass


def _command(home: Path) -> PulumiCommand:
    try:
        # The SDK asks for Pulumi's version with the variables of this process, and Pulumi writes to its home then.
        with variable("PULUMI_HOME", str(home)):
            return PulumiCommand()
    except (OSError, subprocess.CalledProcessError, InvalidVersionError) as error:
        raise SandboxError(
            f"{find_pulumi()} does not run: {error}",
            "reinstall Pulumi, or remove it from the PATH: the sandbox can deploy without it",
            exit_code=BAD_INPUT,
        ) from error
