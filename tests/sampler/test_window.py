"""The window forgets, and its memory does not grow."""

import sys
import tracemalloc
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift_sampler.window import SLICES, Window

SECONDS = 120.0
SLICE = SECONDS / SLICES


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 3 * SECONDS)), max_size=60))
def test_it_has_what_came_in_the_last_parts_and_nothing_else(steps: list[tuple[int, float]]) -> None:
    """Held against a list of all that came, with times."""
    window, now, came = Window(counters=5, seconds=SECONDS), 0.0, deque[tuple[int, float]]()
    for counter, later in steps:
        now += later
        window.add([counter], now)
        came.append((counter, now))
        first = (int(now / SLICE) - SLICES + 1) * SLICE
        expected = [sum(1 for each, when in came if each == number and when >= first) for number in range(5)]
        assert list(window.totals(now)) == expected


def test_a_row_counts_once_in_each_of_its_counters() -> None:
    window = Window(counters=3, seconds=SECONDS)
    window.add([0, 2, 2], 1)
    assert list(window.totals(1)) == [1, 0, 2]


@pytest.mark.parametrize(("later", "left"), [(0, 1), (SECONDS - SLICE - 1, 1), (SECONDS, 0), (1e9, 0)])
def test_silence_is_forgotten_as_well(later: float, left: int) -> None:
    window = Window(counters=1, seconds=SECONDS)
    window.add([0], 1)
    assert list(window.totals(1 + later)) == [left]


def test_its_memory_is_that_of_the_counters_whatever_comes() -> None:
    counters = 4096 * 10
    window = Window(counters=counters, seconds=SECONDS)
    tracemalloc.start()
    for number in range(20 * SLICES):
        window.add(range(0, counters, 7), number * SLICE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < (SLICES + 3) * counters * sys.getsizeof(1)
