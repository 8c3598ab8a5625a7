"""The population stability index: how far a distribution is from the one that it is compared with.

It is the symmetric Kullback-Leibler divergence over bins. Of two samples of the same distribution, in B bins and of n
and m values, its mean is about (B - 1)(1/n + 1/m): small samples look like drift, so there is a least number of them.

Source: Yurdakul, "Statistical properties of population stability index", 2018.
"""

import math
from collections.abc import Sequence


def stability_index(expected: Sequence[int], found: Sequence[int]) -> float:
    """The index of two samples, counted in the same bins; 0 where either is empty.

    A share counts as half a value of the smaller sample at least: what one value less would make 0 is no infinite
    difference. No term is negative, so that merging bins never raises the index.
    """
    of_expected, of_found = sum(expected), sum(found)
    if not of_expected or not of_found:
        return 0.0
    least = 0.5 / min(of_expected, of_found)
    return sum(
        _term(max(one / of_expected, least), max(other / of_found, least))
        for one, other in zip(expected, found, strict=True)
    )


def _term(one: float, other: float) -> float:
    return (one - other) * math.log(one / other)
