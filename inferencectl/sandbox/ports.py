"""TCP ports on the loopback interface."""

import contextlib
import socket
from contextlib import ExitStack

import psutil

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> tuple[int, ...]:
    """Returns `count` distinct ports that are free now; another process may still take one before it is used."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for free in sockets:
            free.bind((LOOPBACK, 0))
        return tuple(free.getsockname()[1] for free in sockets)


def is_free(port: int) -> bool:
    """Whether no process listens on `port`."""
    with socket.socket() as probe:
        # As Go's listeners do: connections of an earlier server that are still in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def require_free(port: int) -> None:
    """Raises SandboxError (exit code 2) if `port` is taken; it names the owner if the system reveals it."""
    if is_free(port):
        return
    raise SandboxError(
        f"port {port} on {LOOPBACK} is taken by {_owner(port)}",
        "stop that program, choose another port, or leave the port out to use a free one",
        exit_code=BAD_INPUT,
    )


def _owner(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr
            if connection.status == psutil.CONN_LISTEN and address and address.port == port and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another process"
