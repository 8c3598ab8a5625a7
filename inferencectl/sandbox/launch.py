"""Starts the control plane's processes in order and waits for each within a time limit."""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inferencectl.sandbox import processes
from inferencectl.sandbox.component_commands import Ports
from inferencectl.sandbox.http_probe import http_unready
from inferencectl.sandbox.pki import Pki
from inferencectl.sandbox.ports import is_free
from inferencectl.sandbox.processes import Component
from inferencectl.workspace.errors import SandboxError

READY_SECONDS = 120
POLL_SECONDS = 0.05
LOG_TAIL_LINES = 15


class PortLostError(SandboxError):
    """Another process took a port after it was chosen; a retry with other ports helps."""


def launch(command_lines: Mapping[str, Sequence[str]], directory: Path, ports: Ports, pki: Pki) -> None:
    """Starts every component and returns when the API server is ready.

    Raises SandboxError with the last log lines of a component that exits, or with the failed checks of an API server
    that is not ready after two minutes; PortLostError if the reason is a port.
    """
    started: list[Component] = []
    for name, command in command_lines.items():
        started.append(processes.start(name, command, directory))
        if name == "etcd":
            wait_for(lambda: "it does not listen" if is_free(ports.etcd) else None, started)
        if name == "kube-apiserver":
            wait_for(lambda: unready_reason(ports, pki), started)
    _require_running(started)


def unready_reason(ports: Ports, pki: Pki) -> str | None:
    """Returns the API server's failed checks, or why it does not answer; None if all checks pass."""
    context = ssl.create_default_context(cafile=str(pki.ca))
    context.load_cert_chain(pki.certificate("admin"), pki.key("admin"))
    return http_unready(f"{ports.server}/readyz", context)


def wait_for(reason: Callable[[], str | None], started: Sequence[Component]) -> None:
    """Waits until `reason` returns None; the last of `started` is the component that is awaited.

    Raises SandboxError if one of them exits, or if `reason` still returns something after two minutes.
    """
    deadline = time.monotonic() + READY_SECONDS
    while (missing := reason()) is not None:
        _require_running(started)
        if time.monotonic() > deadline:
            newest = started[-1]
            message = f"{newest.name} is not ready after {READY_SECONDS} s: {missing}"
            raise SandboxError(message, f"its log is {newest.log}")
        time.sleep(POLL_SECONDS)


def _require_running(started: Sequence[Component]) -> None:
    for component in started:
        if not component.is_running:
            tail = component.log_tail(LOG_TAIL_LINES)
            error = PortLostError if "address already in use" in tail else SandboxError
            raise error(f"{component.name} exited while starting:\n{tail}", f"the whole log is {component.log}")
