"""The population stability index has the properties that its name promises."""

import math
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drift_sampler.stability import stability_index

counts = st.lists(st.integers(0, 10_000), min_size=2, max_size=20)
pairs = st.integers(2, 20).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 10_000), min_size=size, max_size=size)] * 2)
)
Pair = tuple[list[int], list[int]]


@given(counts, st.integers(1, 50))
def test_the_same_shares_are_no_drift_however_many_values(expected: list[int], times: int) -> None:
    assert stability_index(expected, [times * count for count in expected]) == pytest.approx(0, abs=1e-9)


@given(pairs)
def test_it_is_the_same_in_both_directions_and_never_negative(pair: Pair) -> None:
    one, other = pair
    assert stability_index(one, other) == pytest.approx(stability_index(other, one), rel=1e-9, abs=1e-12)
    assert stability_index(one, other) >= 0


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_the_bins_says_nothing(pair: Pair, random: Random) -> None:
    one, other = pair
    order = random.sample(range(len(one)), len(one))
    shuffled = [one[position] for position in order], [other[position] for position in order]
    assert stability_index(*shuffled) == pytest.approx(stability_index(one, other), rel=1e-9, abs=1e-12)


@given(pairs)
def test_it_is_the_sum_of_its_bins(pair: Pair) -> None:
    """Where every share is one that the smaller sample could show, none is raised: the definition as it stands."""
    one, other = ([count + 1 for count in each] for each in pair)
    shares = [(a / sum(one), b / sum(other)) for a, b in zip(one, other, strict=True)]
    assume(min(map(min, shares)) >= 0.5 / min(sum(one), sum(other)))
    expected = sum((a - b) * math.log(a / b) for a, b in shares)
    assert stability_index(one, other) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(counts, st.data())
def test_the_further_values_move_the_greater_it_is(expected: list[int], data: st.DataObject) -> None:
    expected = [count + 1 for count in expected]
    moved = data.draw(st.integers(0, expected[0] - 1))
    further = data.draw(st.integers(moved, expected[0] - 1))

    def after(number: int) -> float:
        return stability_index(expected, [expected[0] - number, expected[1] + number, *expected[2:]])

    assert after(further) >= after(moved) - 1e-12
    assume(further > moved)
    assert after(further) > after(moved)


@given(counts)
def test_nothing_is_said_of_nothing(expected: list[int]) -> None:
    assert stability_index(expected, [0] * len(expected)) == 0
    assert stability_index([0] * len(expected), expected) == 0


def test_a_bin_that_nobody_was_in_makes_it_large_and_not_infinite() -> None:
    assert 1 < stability_index([500, 500, 0], [0, 500, 500]) < 10
    # One value where the reference has none is noise.
    assert stability_index([500, 500, 0], [250, 249, 1]) < 0.01


def test_known_values() -> None:
    # Shares 0.5, 0.5 and 0.6, 0.4: 0.1 ln(0.6/0.5) + 0.1 ln(0.5/0.4).
    assert stability_index([50, 50], [60, 40]) == pytest.approx(0.1 * math.log(1.2) + 0.1 * math.log(1.25))
