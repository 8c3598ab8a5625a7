"""Entry point of ``python -m graph_router``: runs until SIGTERM, and then until it has answered."""

import argparse
import asyncio
import signal
import sys

import aiohttp
from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics

from graph_router.callers import Caller
from graph_router.errors import UnusableGraphError
from graph_router.graph import Graph, edges_of, read_graph
from graph_router.measures import Measures
from graph_router.options import parser
from graph_router.server import Server, listen, metrics_application

_BAD_INPUT = 2


async def run(options: argparse.Namespace, graph: Graph) -> None:
    """Serve. Once asked to stop, it is not ready, takes what still comes for a while, and answers all that it has."""
    disable_created_metrics()
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    measures = Measures(registry, graph.name, (edge.name for edge in edges_of(graph)))
    ended = asyncio.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, ended.set)
    # How many connections there are is bounded by the requests that are taken. Each edge has a limit of its own.
    connector = aiohttp.TCPConnector(limit=0)
    unlimited = aiohttp.ClientTimeout(total=None, sock_connect=None)
    async with aiohttp.ClientSession(connector=connector, timeout=unlimited, auto_decompress=False) as session:
        server = Server(graph, Caller(session, measures, most_bytes=graph.most_bytes), measures)
        seconds = graph.budget_seconds
        shown = await listen(metrics_application(registry), options.host, options.metrics_port, finish_seconds=1)
        serving = await listen(server.application(), options.host, options.port, finish_seconds=seconds)
        await ended.wait()
        server.is_draining = True
        await asyncio.sleep(options.drain_seconds)
        await serving.cleanup()
        await shown.cleanup()


def main() -> int:
    """A graph that cannot be used is said before anything is served."""
    options = parser().parse_args()
    try:
        graph = read_graph(options.graph)
    except UnusableGraphError as error:
        sys.stderr.write(f"{error}\n")
        return _BAD_INPUT
    asyncio.run(run(options, graph))
    return 0


if __name__ == "__main__":
    sys.exit(main())
