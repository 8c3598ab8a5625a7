"""Asks the version that clients are answered by, one copy at a time, and counts what it was asked and answers."""

import time
from dataclasses import dataclass

import aiohttp

from drift_sampler.distributions import Observed
from drift_sampler.errors import UnreadableError
from drift_sampler.intake import Copy, Intake
from drift_sampler.protocol import Protocol
from drift_sampler.tally import Outcome, Tally

ANSWER_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Served:
    """The version that is sampled: where it answers, and how it is asked."""

    model: str
    version: int
    address: str
    protocol: Protocol


class Sampler:
    """Never more than one request at a time: what it asks of the model is bounded, however many copies come."""

    def __init__(self, served: Served, observed: Observed | None, tally: Tally, *, most_bytes: int) -> None:
        self._served, self._observed, self._tally, self._most_bytes = served, observed, tally, most_bytes
        self._path = served.protocol.path_pattern(served.model)

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
        answer = await self._answer(session, copy)
        if answer is None:
            return Outcome.NOT_ANSWERED
        return self._counted(self._observed, copy.body, answer)

    def _counted(self, observed: Observed, request: bytes, answer: bytes) -> Outcome:
        """All rows of a request are counted, or none of them."""
        protocol = self._served.protocol
        try:
            pairs = zip(protocol.inputs(request), protocol.outputs(answer), strict=True)
            rows = [observed.counters(row, predicted) for row, predicted in pairs]
        except (UnreadableError, ValueError):
            return Outcome.UNREADABLE
        now = time.monotonic()
        for row in rows:
            observed.count(row, now)
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
