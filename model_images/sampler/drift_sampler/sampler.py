"""Asks the version that clients are answered by, one copy at a time, and counts what it was asked and answers."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import aiohttp

from drift_sampler.distributions import Observed, Values
from drift_sampler.errors import UnreadableError
from drift_sampler.intake import Copy, Intake
from drift_sampler.protocol import Protocol
from drift_sampler.tally import Outcome, Tally

ANSWER_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Served:
    """The version that is sampled: where it answers, and how it is asked."""

    model: str
    name_in_requests: str
    version: int
    address: str
    protocol: Protocol


class Sampler:
    """Never more than one request at a time: what it asks of the model is bounded, however many copies come."""

    def __init__(self, served: Served, observed: Observed | None, tally: Tally, *, most_bytes: int) -> None:
        self._served, self._observed, self._tally, self._most_bytes = served, observed, tally, most_bytes
        self._path = served.protocol.path_pattern(served.name_in_requests)

    async def run(self, intake: Intake) -> None:
        """Take copies until the task is cancelled."""
        limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(self._served.address, timeout=limit) as session:
            while True:
                copy = await intake.next()
                try:
                    self._tally.count(await self._outcome(session, copy))
                finally:
                    intake.release()

    async def _outcome(self, session: aiohttp.ClientSession, copy: Copy) -> Outcome:
        if self._observed is None:
            return Outcome.NO_REFERENCE
        asked = self._path.fullmatch(copy.path)
        if asked is None:
            return Outcome.NO_PREDICTION
        if asked["version"] not in (None, str(self._served.version)):
            return Outcome.OTHER_VERSION
        try:
            return await self._counted(self._observed, session, copy)
        except UnreadableError:
            return Outcome.UNREADABLE

    async def _counted(self, observed: Observed, session: aiohttp.ClientSession, copy: Copy) -> Outcome:
        """All rows that are read of a request are counted, or none. What nobody can count is not asked again. Missing
        values count also where the model refuses the request, as it may for them."""
        asked = await counters_of(self._served.protocol.inputs(copy.body), observed.asked)
        observed.rows += len(asked)
        observed.count_missing(asked)
        answer = await self._answer(session, copy)
        if answer is None:
            return Outcome.NOT_ANSWERED
        answered = await counters_of(self._served.protocol.outputs(answer), observed.answered)
        if len(asked) != len(answered):
            return Outcome.UNREADABLE
        observed.count_missing(answered)
        now = time.monotonic()
        for row, predicted in zip(asked, answered, strict=True):
            observed.count(row, predicted, now)
        return Outcome.OBSERVED

    async def _answer(self, session: aiohttp.ClientSession, copy: Copy) -> bytes | None:
        """What the model answers, if it does, and not too much of it."""
        headers = {"Content-Type": "application/json"}
        try:
            async with session.post(copy.path, data=copy.body, headers=headers) as response:
                if response.status != 200:
                    return None
                answer = await response.content.read(self._most_bytes + 1)
                while not response.content.at_eof() and len(answer) <= self._most_bytes:
                    answer += await response.content.read(self._most_bytes + 1)
        except (aiohttp.ClientError, TimeoutError):
            return None
        return answer if len(answer) <= self._most_bytes else None


async def counters_of(rows: Iterable[Values], counters: Callable[[Values], Sequence[int]]) -> Sequence[Sequence[int]]:
    """Those of each row. Copies are taken and probes answered in between, however many there are."""
    found = list[Sequence[int]]()
    for row in rows:
        found.append(counters(row))
        await asyncio.sleep(0)
    if not found:
        raise UnreadableError("there are no rows")
    return found
