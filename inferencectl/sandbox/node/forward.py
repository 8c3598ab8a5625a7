"""`python -m … PROCESS PORT=ADDRESS:PORT...`: ports of the loopback interface that lead into the network of the node.

Ends with PROCESS, the node's first process, as the bridge does. Connections are made one for one, so that a client of
this machine is spread over pods as a client in the cluster is: by its connections.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

from inferencectl.sandbox.node.bridge import Network, Streams, dial, join
from inferencectl.sandbox.ports import LOOPBACK

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def forwarder(process: int) -> Sequence[str]:
    """What `LocalAddresses` runs to lead into the network of the node whose first process this is."""
    return ("inferencectl.sandbox.node.forward", str(process))


def targets(arguments: Sequence[str]) -> Mapping[int, tuple[str, int]]:
    """Address and port in the node by port of this machine; raises ValueError."""
    found: dict[int, tuple[str, int]] = {}
    for argument in arguments:
        port, _, target = argument.partition("=")
        host, _, target_port = target.rpartition(":")
        found[int(port)] = (host, int(target_port))
    return found


async def serve(process: int, wanted: Mapping[int, tuple[str, int]]) -> None:
    """Serves until `process` ends."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(os.pidfd_open(process), ended.set)
    network = Network(process)
    servers = [
        await asyncio.start_server(_into_the_node(network, target), LOOPBACK, port) for port, target in wanted.items()
    ]
    await ended.wait()
    for server in servers:
        server.close()


def _into_the_node(network: Network, target: tuple[str, int]) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here: Streams = (reader, writer)
        try:
            there = await dial(network, *target)
        except OSError:
            # As from a Service without a ready pod.
            writer.transport.abort()
            return
        await join(here, there)

    return handle


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), targets(sys.argv[2:])))
