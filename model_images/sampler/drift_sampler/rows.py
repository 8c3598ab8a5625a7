"""Tensors of JSON as rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from drift_sampler.errors import UnreadableError


def flat(value: Any) -> list[object]:  # noqa: ANN401 - any value of JSON
    """The values of a tensor of any rank, in one list."""
    if not isinstance(value, list):
        return [value]
    if not any(isinstance(each, list) for each in value):
        return value
    return [one for each in value for one in flat(each)]


def rows_of(columns: Mapping[str, Any]) -> Iterator[Mapping[str, Sequence[object]]]:
    """Tensors whose first dimension is the row, by name, as one mapping for each row.

    Raises:
        UnreadableError: they are no tensors of the same number of rows.
    """
    lengths = {len(column) if isinstance(column, list) else -1 for column in columns.values()}
    if len(lengths) != 1 or -1 in lengths:
        raise UnreadableError("the tensors have not the same number of rows")
    for number in range(lengths.pop()):
        yield {name: flat(column[number]) for name, column in columns.items()}
