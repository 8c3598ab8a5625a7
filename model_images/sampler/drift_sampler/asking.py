"""Asks the version that clients are answered by: over HTTP or gRPC, as a copy came."""

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from typing import Self

import aiohttp
import grpc
from grpc import aio

from drift_sampler.intake import Copy

ANSWER_SECONDS = 10
# A copy is asked once, or dropped; a model that was away is found again soon.
_CHANNEL = [("grpc.enable_retries", 0), ("grpc.max_reconnect_backoff_ms", 5000), ("grpc.max_send_message_length", -1)]


class Asker(ABC):
    """A connection to the version, for as long as its context."""

    def __init__(self) -> None:
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @abstractmethod
    async def _connect(self) -> None: ...

    @abstractmethod
    async def answer(self, copy: Copy) -> bytes | None:
        """What the model answers, if it does, and not too much of it."""


class HttpAsker(Asker):
    """Over HTTP, at a URL without a path."""

    def __init__(self, address: str, *, most_bytes: int) -> None:
        super().__init__()
        self._address, self._most_bytes = address, most_bytes

    async def _connect(self) -> None:
        limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        self._session = await self._open.enter_async_context(aiohttp.ClientSession(self._address, timeout=limit))

    async def answer(self, copy: Copy) -> bytes | None:
        """See the base class."""
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(copy.path, data=copy.body, headers=headers) as response:
                if response.status != 200:
                    return None
                answer = await response.content.read(self._most_bytes + 1)
                while not response.content.at_eof() and len(answer) <= self._most_bytes:
                    answer += await response.content.read(self._most_bytes + 1)
        except (aiohttp.ClientError, TimeoutError):
            return None
        return answer if len(answer) <= self._most_bytes else None


class GrpcAsker(Asker):
    """Over gRPC, at a host and a port."""

    def __init__(self, address: str, *, most_bytes: int) -> None:
        super().__init__()
        self._address = address
        self._options = [*_CHANNEL, ("grpc.max_receive_message_length", most_bytes)]

    async def _connect(self) -> None:
        channel = aio.insecure_channel(self._address, options=self._options)
        self._channel = await self._open.enter_async_context(channel)

    async def answer(self, copy: Copy) -> bytes | None:
        """See the base class."""
        try:
            return await self._channel.unary_unary(copy.path)(copy.body, timeout=ANSWER_SECONDS)
        except grpc.RpcError:
            return None
