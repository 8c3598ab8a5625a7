"""How an answer differs from the one that was recorded."""

import math
from collections.abc import Iterator, Mapping

from verification.client.tensors import Rows, rows_of, shape_of


def difference(expected: Mapping[str, Rows], found: Mapping[str, Rows], tolerance: float) -> str:
    """A sentence about the first difference, and how many there are; empty where there is none.

    Numbers may differ by ``tolerance``, or by as much of the expected one where that is above 1. What is no number, NaN
    among it, must be the same. Outputs that are not expected are not looked at.
    """
    for name, rows in expected.items():
        if name not in found:
            return f"output '{name}' is missing; the answer has {', '.join(sorted(found)) or 'none'}"
        if shape_of(rows) != shape_of(found[name]):
            return f"output '{name}' has the shape {shape_of(found[name])}, expected {shape_of(rows)}"
    differences = [
        (name, *each) for name, rows in expected.items() for each in _differences(rows, found[name], tolerance, ())
    ]
    if not differences:
        return ""
    name, place, wanted, got = differences[0]
    where = ", ".join(f"{word} {index}" for word, index in zip(_words(place), place, strict=True))
    return f"output '{name}', {where}: {_shown(got)}, expected {_shown(wanted)} ± {tolerance:g}" + (
        f"; and {len(differences) - 1} more" if len(differences) > 1 else ""
    )


def _differences(
    expected: Rows, found: Rows, tolerance: float, place: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], Rows, Rows]]:
    if shape_of(expected):
        for index, (mine, theirs) in enumerate(zip(rows_of(expected), rows_of(found), strict=True)):
            yield from _differences(mine, theirs, tolerance, (*place, index))
    elif not _alike(expected, found, tolerance):
        yield place, expected, found


def _alike(expected: Rows, found: Rows, tolerance: float) -> bool:
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return abs(found - expected) <= tolerance * max(1.0, abs(expected))
    return expected == found


def _words(place: tuple[int, ...]) -> list[str]:
    return ["row", "column", *("index" for _ in place)][: len(place)]


def _shown(value: Rows) -> str:
    return "NaN" if isinstance(value, float) and math.isnan(value) else f"{value!r}"
