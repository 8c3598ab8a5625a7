"""A measured figure and its bound."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value with an upper bound, both in ``unit``, such as "s" for seconds or "x" for a ratio.

    ``detail`` describes what the value was computed from.
    """

    name: str
    value: float
    bound: float
    unit: str
    detail: str

    @property
    def met(self) -> bool:
        """Whether the value is within its bound."""
        return self.value <= self.bound
