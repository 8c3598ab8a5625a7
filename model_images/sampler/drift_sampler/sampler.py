"""Asks the version that clients are answered by, one copy at a time, and counts what it was asked and answers."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from drift_sampler.asking import Asker
from drift_sampler.distributions import Observed, Values
from drift_sampler.errors import NoPredictionError, UnreadableError
from drift_sampler.intake import Copy, Intake
from drift_sampler.protocol import Protocol
from drift_sampler.tally import Outcome, Tally


@dataclass(frozen=True, kw_only=True)
class Way:
    """One of the ways in which a version is asked: what its requests mean, and who asks."""

    protocol: Protocol
    asker: Asker


@dataclass(frozen=True, kw_only=True)
class Served:
    """The version that is sampled."""

    model: str
    name_in_requests: str
    version: int
    http: Way
    grpc: Way


class Sampler:
    """Never more than one request at a time: what it asks of the model is bounded, however many copies come."""

    def __init__(self, served: Served, observed: Observed | None, tally: Tally) -> None:
        self._served, self._observed, self._tally = served, observed, tally

    async def run(self, intake: Intake) -> None:
        """Take copies until the task is cancelled."""
        async with self._served.http.asker, self._served.grpc.asker:
            while True:
                copy = await intake.next()
                try:
                    self._tally.count(await self._outcome(copy))
                finally:
                    intake.release()

    async def _outcome(self, copy: Copy) -> Outcome:
        if self._observed is None:
            return Outcome.NO_REFERENCE
        way = self._served.grpc if copy.over_grpc else self._served.http
        try:
            version = way.protocol.version(copy.path, copy.body, self._served.name_in_requests)
            if version not in (None, str(self._served.version)):
                return Outcome.OTHER_VERSION
            return await self._counted(self._observed, way, copy)
        except NoPredictionError:
            return Outcome.NO_PREDICTION
        except UnreadableError:
            return Outcome.UNREADABLE

    async def _counted(self, observed: Observed, way: Way, copy: Copy) -> Outcome:
        """All rows that are read of a request are counted, or none. What nobody can count is not asked again. Missing
        values count also where the model refuses the request, as it may for them."""
        asked = await counters_of(way.protocol.inputs(copy.body), observed.asked)
        observed.rows += len(asked)
        observed.count_missing(asked)
        answer = await way.asker.answer(copy)
        if answer is None:
            return Outcome.NOT_ANSWERED
        answered = await counters_of(way.protocol.outputs(answer), observed.answered)
        if len(asked) != len(answered):
            return Outcome.UNREADABLE
        observed.count_missing(answered)
        now = time.monotonic()
        for row, predicted in zip(asked, answered, strict=True):
            observed.count(row, predicted, now)
        return Outcome.OBSERVED


async def counters_of(rows: Iterable[Values], counters: Callable[[Values], Sequence[int]]) -> Sequence[Sequence[int]]:
    """Those of each row. Copies are taken and probes answered in between, however many there are."""
    found = list[Sequence[int]]()
    for row in rows:
        found.append(counters(row))
        await asyncio.sleep(0)
    if not found:
        raise UnreadableError("there are no rows")
    return found
