"""The router's server in the test's own event loop, in front of stand-in models."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry

from graph_router.callers import Caller
from graph_router.graph import edges_of
from graph_router.measures import Measures
from graph_router.server import Server
from settings.graph.graph import Graph
from tests.router.graphs import read
from tests.router.stand_in_models import StandIns


@dataclass(frozen=True, kw_only=True)
class Answering:
    """A router that answers."""

    server: Server
    registry: CollectorRegistry
    session: aiohttp.ClientSession
    url: str

    async def ask(self, document: Any, **headers: str) -> tuple[int, Any, Mapping[str, str]]:
        async with self.session.post(f"{self.url}/infer", json=document, headers=headers) as response:
            return response.status, await response.json(), response.headers

    async def outputs(self, document: Any) -> dict[str, Any]:
        """The tensors of an answer: their shapes and elements by name."""
        status, answer, _ = await self.ask(document)
        assert status == 200, answer
        return {each["name"]: (each["shape"], each["data"]) for each in answer["outputs"]}

    def count(self, name: str, **labels: str) -> float:
        value = self.registry.get_sample_value(f"inference_router_{name}", {"inference_graph": "answers", **labels})
        assert value is not None, (name, labels)
        return value


@asynccontextmanager
async def answering(graph: Graph, models: StandIns, directory: Path, address: str = "") -> AsyncIterator[Answering]:
    """At another ``address`` than that of the stand-ins, nobody answers."""
    async with TestServer(models.application()) as stand_ins, aiohttp.ClientSession() as session:
        found = read(graph, address or f"http://127.0.0.1:{stand_ins.port}", directory)
        registry = CollectorRegistry()
        measures = Measures(registry, found.name, (edge.name for edge in edges_of(found)))
        server = Server(found, Caller(session, measures, most_bytes=found.most_bytes), measures)
        async with TestServer(server.application(), handler_cancellation=True) as router:
            url = f"http://127.0.0.1:{router.port}/v2/models/{found.name}"
            yield Answering(server=server, registry=registry, session=session, url=url)
