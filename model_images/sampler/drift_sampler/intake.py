"""Takes copies of requests, and lets go of what it cannot take at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiohttp import web

from drift_sampler.tally import Outcome, Tally

SLOTS = 64
"""Copies that are held at the same time, read or half read: the memory is this times the largest copy."""
READING_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A copy of a request to the model."""

    path: str
    body: bytes
    over_grpc: bool = False


class Intake:
    """A queue of bounded length, of bodies of bounded size. Nobody waits for it, and nobody reads its answers."""

    def __init__(self, tally: Tally, *, most_bytes: int) -> None:
        self._tally, self._most_bytes = tally, most_bytes
        self._queue: asyncio.Queue[Copy] = asyncio.Queue()
        self.held = 0

    async def take(self, request: web.Request) -> web.Response:
        """Answers at once, also where the copy is dropped."""
        if refused := self._refused(request):
            return self._dropped(refused)
        self.held += 1
        queued = False
        try:
            async with asyncio.timeout(READING_SECONDS):
                body = await self._body(request)
            if len(body) > self._most_bytes:
                return self._dropped(Outcome.TOO_LARGE)
            self._queue.put_nowait(Copy(path=request.path, body=body))
            queued = True
        except TimeoutError:
            return self._dropped(Outcome.TOO_SLOW)
        finally:
            if not queued:
                self.release()
        return web.Response(status=202)

    async def take_call(self, method: str, messages: AsyncIterator[bytes]) -> None:
        """The same of a call over gRPC, of which the server has refused messages that are too large."""
        if self.held >= SLOTS:
            self._tally.count(Outcome.QUEUE_FULL)
            return
        self.held += 1
        dropped: Outcome | None = Outcome.TOO_SLOW
        try:
            async with asyncio.timeout(READING_SECONDS):
                found = await _first_two(messages)
            if len(found) == 1:
                self._queue.put_nowait(Copy(path=method, body=found[0], over_grpc=True))
                dropped = None
            else:
                # A prediction is one message; where there is none, it was too large.
                dropped = Outcome.NO_PREDICTION if found else Outcome.TOO_LARGE
        except TimeoutError:
            pass
        finally:
            if dropped:
                self.release()
                self._tally.count(dropped)

    def _refused(self, request: web.Request) -> Outcome | None:
        """Why nothing of a copy is read, if nothing is."""
        if request.method != "POST":
            return Outcome.NO_PREDICTION
        # Of what is compressed, a few bytes could be many.
        if "Content-Encoding" in request.headers:
            return Outcome.UNREADABLE
        if self.held >= SLOTS:
            return Outcome.QUEUE_FULL
        return Outcome.TOO_LARGE if (request.content_length or 0) > self._most_bytes else None

    async def next(self) -> Copy:
        """The oldest copy; its slot is taken until :meth:`release`."""
        return await self._queue.get()

    def release(self) -> None:
        """A slot is free again."""
        self.held -= 1

    async def _body(self, request: web.Request) -> bytes:
        """No more of it than shows that it is too large: a request need not say its length."""
        parts, size = list[bytes](), 0
        async for part in request.content.iter_any():
            parts.append(part)
            size += len(part)
            if size > self._most_bytes:
                break
        return b"".join(parts)

    def _dropped(self, outcome: Outcome) -> web.Response:
        self._tally.count(outcome)
        return web.Response(status=202)


async def _first_two(messages: AsyncIterator[bytes]) -> Sequence[bytes]:
    found = list[bytes]()
    async for message in messages:
        found.append(message)
        if len(found) == 2:
            break
    return found
