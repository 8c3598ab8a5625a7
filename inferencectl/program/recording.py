"""Records the resources that a Pulumi program registers.

The recorder is the sandbox's stand-in for the Pulumi engine: the unmodified program runs under the SDK against it, and
what it registers (parents, dependencies, protection, aliases, secrets) is what the sandbox checks and deploys. The
tests use the same recorder.
"""

import asyncio
import contextvars
import gc
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import settings as runtime_settings
from pulumi.runtime.stack import run_in_stack

from inferencectl.program.random_values import RandomValues
from inferencectl.program.recording_monitor import RecordingMonitor
from inferencectl.program.resource import Resource
from inferencectl.program.urns import readable

__all__ = ["Recording", "Resource", "record", "record_program"]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A run of a program: its resources in order of registration, and the stack's outputs."""

    project: str
    stack: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def title_of(self, urn: str) -> str:
        """The title of the resource with this URN, for people; an empty URN stands for the stack."""
        return self._titles.get(urn) or readable(urn)

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        return {resource.urn: resource.title for resource in self.resources}


def record_program(
    program: Path, *, project: str, stack: str, config: Mapping[str, str], random_values: RandomValues | None = None
) -> Recording:
    """Run the program at ``program`` as Pulumi's language host does, and record it.

    ``program`` is the absolute path of its ``__main__.py``.

    Raises:
        pulumi.RunError: the program rejected its configuration.
        SandboxError: the program registered something that the sandbox does not support.
    """
    program_directory = str(program.parent)
    if program_directory not in sys.path:
        sys.path.insert(0, program_directory)

    def run() -> None:
        runpy.run_path(str(program), run_name="__main__")

    monitor = RecordingMonitor(random_values or RandomValues.in_memory(), program.parent)
    return _record(run, monitor, project=project, stack=stack, config=config)


def record(
    program: Callable[[], None],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str] | None = None,
    random_values: RandomValues | None = None,
) -> Recording:
    """Run ``program`` with a fresh SDK state and its own event loop, and record what it registers.

    Source positions are relative to the working directory.
    """
    monitor = RecordingMonitor(random_values or RandomValues.in_memory(), Path.cwd())
    return _record(program, monitor, project=project, stack=stack, config=config or {})


def _record(
    program: Callable[[], None], monitor: RecordingMonitor, *, project: str, stack: str, config: Mapping[str, str]
) -> Recording:

    async def run_and_settle() -> None:
        program()
        await _settle(monitor.pending_outputs)

    def run() -> Recording:
        # Every setting of the SDK is a context variable, so a copied context is a fresh SDK.
        pulumi.runtime.set_all_config(dict(config))
        runtime_settings.configure(monitor.sdk_settings(project, stack))
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        # One failure fails every output that needs it: the first is raised, and asyncio would print the others.
        loop.set_exception_handler(lambda _loop, _failure: None)
        # One worker: registrations arrive in the order in which the program made them.
        loop.set_default_executor(ThreadPoolExecutor(max_workers=1))
        try:
            loop.run_until_complete(run_in_stack(run_and_settle))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            asyncio.set_event_loop(None)
        outputs = monitor.outputs_of_stack(project, stack)
        return Recording(project=project, stack=stack, resources=monitor.registered(), outputs=outputs)

    # In a separate thread, because the caller may have a running event loop.
    with _without_collection(), ThreadPoolExecutor(max_workers=1, thread_name_prefix="program") as executor:
        return executor.submit(contextvars.Context().run, run).result()


@contextmanager
def _without_collection() -> Iterator[None]:
    """Pause the garbage collector, because everything that a program registers lives until it ends.

    The collector would scan all of it repeatedly and free nothing. Measured with 12,000 resources: 30 s instead of
    53 s, with the same peak memory.
    """
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


async def _settle(pending: set[asyncio.Task[Any]]) -> None:
    """Wait until no output is pending.

    The SDK waits too, but in time quadratic in the number of outputs: for each one, it waits on all.
    """
    while pending:
        done, _ = await asyncio.wait([*pending], return_when=asyncio.FIRST_EXCEPTION)
        for output in done:
            output.result()
