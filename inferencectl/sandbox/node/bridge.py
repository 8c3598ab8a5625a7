"""`python -m … PROCESS SOCKET PORT`: joins the network of the machine with that of the node, in both directions.

Nodes and pods find the API server of the machine, which listens on loopback at PORT, at an address of the node. The API
server gives the connections that it opens to nodes, pods, webhooks and aggregated APIs to the Unix socket SOCKET, as
requests of HTTP CONNECT: what is on the loopback interface is sought on the machine, everything else in the node.

The bridge ends with PROCESS, the node's first process: what it holds open of the node's network would keep it.
"""

import asyncio
import contextlib
import ctypes
import ipaddress
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from inferencectl.sandbox.node.addresses import API_PORT, NODE_ADDRESS
from inferencectl.sandbox.ports import LOOPBACK

CHUNK_BYTES = 1 << 16
CONNECT_SECONDS = 10
HEAD_SECONDS = 10
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_CLONE_NEWNET = 0x40000000


class Network:
    """The network namespace of a process; it lives at least as long as this object."""

    def __init__(self, process: int) -> None:
        self._own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._other = os.open(f"/proc/{process}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._libc = ctypes.CDLL(None, use_errno=True)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets that are made within belong to this network for good; for single-threaded code without `await`."""
        self._enter(self._other)
        try:
            yield
        finally:
            self._enter(self._own)

    def _enter(self, descriptor: int) -> None:
        if self._libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "cannot enter the network of the node")


def target(request: bytes) -> tuple[str, int]:
    """Host and port of the head of a CONNECT request; raises ValueError."""
    method, _, rest = request.partition(b" ")
    host, colon, port = rest.partition(b" ")[0].decode("ascii").rpartition(":")
    if method != b"CONNECT" or not colon:
        raise ValueError("only CONNECT HOST:PORT is understood")
    return host.strip("[]"), int(port)


def is_of_the_machine(host: str) -> bool:
    """Whether `host` is sought on the machine: a loopback address or a name, as no names of the cluster come here."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


async def dial(network: Network, host: str, port: int) -> Streams:
    """Connects to an address of the node's network; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with network.entered():
        connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(connection, (host, port)), CONNECT_SECONDS)
    except BaseException:
        connection.close()
        raise
    return await asyncio.open_connection(sock=connection)


async def join(one: Streams, other: Streams) -> None:
    """Copies both ways until both ends have said that they are done, or one is gone."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_copy(one[0], other[1]))
            tasks.create_task(_copy(other[0], one[1]))
    except* OSError:
        pass
    finally:
        for _, writer in (one, other):
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _to_the_machine(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            # Ended at once, as by a server that is about to start: clients try again.
            writer.transport.abort()
            return
        await join((reader, writer), there)

    return handle


def _to_the_node(network: Network) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            host, port = target(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS))
            if is_of_the_machine(host):
                there = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_SECONDS)
            else:
                there = await dial(network, host, port)
        except (OSError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            writer.write(f"HTTP/1.1 502 {reason}\r\n\r\n".encode())
            with contextlib.suppress(OSError):
                await writer.drain()
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await join((reader, writer), there)

    return handle


async def serve(process: int, path: Path, api_port: int) -> None:
    """Serves until `process` ends."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(os.pidfd_open(process), ended.set)
    network = Network(process)
    with network.entered():
        listener = socket.create_server((NODE_ADDRESS, API_PORT), backlog=512)
    await asyncio.start_server(_to_the_machine(api_port), sock=listener)
    path.unlink(missing_ok=True)
    # Only this user may ask for connections into the node.
    os.umask(0o177)
    await asyncio.start_unix_server(_to_the_node(network), path)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
