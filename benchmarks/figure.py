"""A measured figure and its bound."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value in ``unit``, such as "s" for seconds or "x" for a ratio.

    It is at most ``bound``, or at least ``least``; one with neither is stated, and holds nothing. ``detail`` describes
    what the value was computed from.
    """

    name: str
    value: float
    unit: str
    detail: str
    bound: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the value is within its bound."""
        return (self.bound is None or self.value <= self.bound) and (self.least is None or self.value >= self.least)

    @property
    def limit(self) -> str:
        """The bound, for a table."""
        limits = (("≤", self.bound), ("≥", self.least))
        return ", ".join(f"{sign} {number:.2f} {self.unit}" for sign, number in limits if number is not None) or "none"
