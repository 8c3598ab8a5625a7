"""Whoever sends copies or asks for metrics has a turn between the rows of a copy."""

import asyncio
from itertools import count, repeat

from drift_sampler.sampler import counters_of
from tests.sampler.references import observed

ROWS = 100


def test_others_have_a_turn_after_each_row() -> None:
    async def turns() -> int:
        taken = count()

        async def take_turns() -> None:
            while True:
                next(taken)
                await asyncio.sleep(0)

        others = asyncio.create_task(take_turns())
        await counters_of(repeat({"": [1, 5, 15]}, ROWS), observed().asked)
        others.cancel()
        return next(taken)

    assert asyncio.run(turns()) >= ROWS
