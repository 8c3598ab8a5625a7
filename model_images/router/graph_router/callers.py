"""Asks models: one edge at a time, with its time limit and its retries."""

import asyncio
import json
from collections.abc import Mapping

import aiohttp

from graph_router.asked import Asked
from graph_router.deadline import TIMEOUT_HEADER, budget_spent
from graph_router.errors import Outcome, RoutingError, UnreadableError, failed, refused
from graph_router.graph import Edge, Model
from graph_router.measures import Measures
from graph_router.protocols import PROTOCOLS, decoded
from graph_router.tensors import Tensors

RETRY_SECONDS = 0.025
"""Between two attempts: a model that was just busy or restarting gets a moment."""
_TOLD_CHARACTERS = 300


class _NobodyTookItError(Exception):
    """The model has not begun to answer, so that it can be asked again whatever it does."""


class Caller:
    """Asks the models of a graph through one session, whose connections are kept."""

    def __init__(self, session: aiohttp.ClientSession, measures: Measures, *, most_bytes: int) -> None:
        self._session, self._measures, self._most_bytes = session, measures, most_bytes

    async def ask(self, model: Model, edge: Edge, tensors: Tensors, asked: Asked) -> Tensors:
        """What the model answers.

        Raises:
            RoutingError: it does not, in the time of the edge and of the whole graph.
        """
        protocol = PROTOCOLS[model.protocol]
        body = json.dumps(protocol.request(tensors)).encode()
        url = f"{model.address}{protocol.path(model.name_in_requests)}"
        try:
            answer = await self._taken(url, body, edge, asked)
            return protocol.answer(decoded(answer), model)
        except _NobodyTookItError as error:
            raise RoutingError(Outcome.UNAVAILABLE, f"{edge.name}: {error}") from None
        except UnreadableError as error:
            raise failed(f"{edge.name}: the answer cannot be read: {error}") from None

    async def _taken(self, url: str, body: bytes, edge: Edge, asked: Asked) -> bytes:
        """The answer of the first attempt that the model takes."""
        for retries_left in reversed(range(edge.retries + 1)):
            try:
                return await self._in_time(url, body, edge, asked)
            except _NobodyTookItError:
                if not retries_left or asked.deadline.left() <= RETRY_SECONDS:
                    raise
                self._measures.retried(edge.name)
                await asyncio.sleep(RETRY_SECONDS)
        raise AssertionError("there is at least one attempt")

    async def _in_time(self, url: str, body: bytes, edge: Edge, asked: Asked) -> bytes:
        left = asked.deadline.left()
        own = left if edge.seconds is None else edge.seconds
        told = {
            **asked.headers,
            "Content-Type": "application/json",
            TIMEOUT_HEADER: str(max(1, int(min(own, left) * 1000))),
        }
        try:
            async with asyncio.timeout(min(own, left)):
                return await self._once(url, body, edge, told)
        except TimeoutError:
            if left <= own:
                raise budget_spent() from None
            raise RoutingError(Outcome.TIMED_OUT, f"{edge.name}: no answer in {own * 1000:.0f} ms") from None
        except aiohttp.ClientConnectorError:
            raise _NobodyTookItError("no connection") from None
        except aiohttp.ClientError as error:
            raise failed(f"{edge.name}: the connection broke: {type(error).__name__}") from None

    async def _once(self, url: str, body: bytes, edge: Edge, headers: Mapping[str, str]) -> bytes:
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            answer = await self._read(response)
            if response.status == 200:
                if len(answer) > self._most_bytes:
                    raise failed(f"{edge.name}: the answer has more than {self._most_bytes} bytes")
                return answer
            if response.status == 503:
                raise _NobodyTookItError("status 503")
            told = answer[:_TOLD_CHARACTERS].decode(errors="replace")
            if response.status in (400, 413, 422):
                raise refused(f"{edge.name}: status {response.status}: {told}")
            raise failed(f"{edge.name}: status {response.status}")

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The answer, of which no more is kept than may come, and one byte."""
        parts, held = list[bytes](), 0
        async for part in response.content.iter_any():
            parts.append(part)
            held += len(part)
            if held > self._most_bytes:
                response.close()
                break
        return b"".join(parts)
