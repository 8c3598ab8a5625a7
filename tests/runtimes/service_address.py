"""A stand-in for the address of a Service: what kube-proxy does with connections, and no more.

A new connection goes to any of the ready servers; one that exists stays where it is, whatever becomes of its server.
"""

import asyncio
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

CHUNK_BYTES = 65536


class ServiceAddress:
    """Listens on ``port``; ``ready`` are the ports of the servers, which a test changes at any time."""

    def __init__(self, ready: Sequence[int]) -> None:
        self.ready = ready
        self.port = 0
        self._chance = random.Random(1)  # noqa: S311 - the choice of a server is no secret

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join a client with a server until both have ended."""
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._chance.choice(self.ready))
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(_copied(reader, to_server), _copied(from_server, writer))
        writer.close()
        to_server.close()


@contextmanager
def service_addresses(*ready: Sequence[int]) -> Iterator[list[ServiceAddress]]:
    """Addresses, one for each sequence of ports."""
    made = [ServiceAddress(ports) for ports in ready]
    # A thread of its own for the connections; their tasks are cancelled when its loop ends.
    listening, over, loops = threading.Event(), asyncio.Event(), list[asyncio.AbstractEventLoop]()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        servers = [await asyncio.start_server(each.connect, "127.0.0.1", 0) for each in made]
        for each, server in zip(made, servers, strict=True):
            each.port = server.sockets[0].getsockname()[1]
        listening.set()
        await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    listening.wait()
    try:
        yield made
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while content := await reader.read(CHUNK_BYTES):
            writer.write(content)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.transport.abort()
