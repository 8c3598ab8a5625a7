"""`python -m … PROCESS PORT ADDRESS TARGET_PORT`: leads a loopback port to an address in the network of the node.

It ends with PROCESS, the node's first process.
"""

import asyncio
import os
import sys

from inferencectl.sandbox.node.bridge import Network, dial, join
from inferencectl.sandbox.ports import LOOPBACK


async def serve(process: int, port: int, address: str, target_port: int) -> None:
    """Serves until `process` ends."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(os.pidfd_open(process), ended.set)
    network = Network(process)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await dial(network, address, target_port)
        except OSError:
            writer.transport.abort()
            return
        await join((reader, writer), there)

    await asyncio.start_server(handle, LOOPBACK, port)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
