"""One measured figure and the bound it must keep."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``value`` and ``bound`` are in ``unit``: "s" for seconds, "x" for a ratio; the bound is an upper one.

    ``detail`` says what the value was computed from.
    """

    name: str
    value: float
    bound: float
    unit: str
    detail: str

    @property
    def met(self) -> bool:
        """Whether the bound is kept."""
        return self.value <= self.bound
