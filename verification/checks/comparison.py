"""How a response differs from the recorded one."""

import math
from collections.abc import Iterator, Mapping

from verification.client.tensors import Rows, rows_of, shape_of


def difference(expected: Mapping[str, Rows], found: Mapping[str, Rows], tolerance: float) -> str:
    """A sentence about the first difference and the number of others; empty where there are none.

    Numbers may differ by ``tolerance``, relative to the expected number where its magnitude is above 1. Other values
    must be equal, and NaN always differs. Outputs that are not expected are ignored.
    """
    for name, rows in expected.items():
        if name not in found:
            return f"output '{name}' is missing; the response has {', '.join(sorted(found)) or 'none'}"
        if shape_of(rows) != shape_of(found[name]):
            return f"output '{name}' has shape {shape_of(found[name])}, expected {shape_of(rows)}"
    differences = [
        (name, *each) for name, rows in expected.items() for each in _differences(rows, found[name], tolerance, ())
    ]
    if not differences:
        return ""
    name, index, wanted, got = differences[0]
    where = ", ".join(f"{word} {number}" for word, number in zip(_dimension_names(index), index, strict=True))
    return f"output '{name}', {where}: {_shown(got)}, expected {_shown(wanted)} ± {tolerance:g}" + (
        f"; and {len(differences) - 1} more" if len(differences) > 1 else ""
    )


def _differences(
    expected: Rows, found: Rows, tolerance: float, index: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], Rows, Rows]]:
    if shape_of(expected):
        for number, (one, other) in enumerate(zip(rows_of(expected), rows_of(found), strict=True)):
            yield from _differences(one, other, tolerance, (*index, number))
    elif not _equal(expected, found, tolerance):
        yield index, expected, found


def _equal(expected: Rows, found: Rows, tolerance: float) -> bool:
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return abs(found - expected) <= tolerance * max(1.0, abs(expected))
    return expected == found


def _dimension_names(index: tuple[int, ...]) -> list[str]:
    return ["row", "column", *("index" for _ in index)][: len(index)]


def _shown(value: Rows) -> str:
    return "NaN" if isinstance(value, float) and math.isnan(value) else f"{value!r}"
