"""The cost of a stack as text: each part, the total, and the change since the last deployment."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from settings import Cost, StackCost

_SMALL = 10
_WHOLE, _HUNDREDTH = Decimal(1), Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class CostComparison:
    """The cost of a stack now and at its last deployment; ``before`` is None if that is unknown.

    A cost in another currency counts as unknown, because there are no exchange rates.
    """

    now: StackCost
    before: StackCost | None

    @property
    def lines(self) -> Iterator[str]:
        """A line for each part and one for the total, with the ranges of amounts and pods, and the change."""
        before = {part.name: part for part in self.before.parts} if self.before else {}
        for part in self.now.parts:
            known = "" if self.before is None else self._change(part, before.pop(part.name, None))
            yield self._line(part) + known
        for part in before.values():
            yield f"{part.name}: removed, {self._difference(-part.least, -part.most)}"
        total = self.now.total
        yield self._line(total) + (self._change(total, self.before.total) if self.before else "")

    def _line(self, cost: Cost) -> str:
        amounts = range_text(amount_text(cost.least), amount_text(cost.most))
        pods = range_text(str(cost.least_pods), str(cost.most_pods))
        return f"{cost.name}: {amounts} {self.now.currency} a month ({pods} {'pod' if pods == '1' else 'pods'})"

    def _change(self, cost: Cost, before: Cost | None) -> str:
        if before is None:
            return ", new"
        least, most = cost.least - before.least, cost.most - before.most
        return f", {self._difference(least, most)}" if least or most else ""

    def _difference(self, least: Decimal, most: Decimal) -> str:
        ends = [f"{'-' if amount < 0 else '+'}{amount_text(abs(amount))}" for amount in (least, most)]
        return f"{' to '.join(dict.fromkeys(ends))} {self.now.currency}"


def compared(now: StackCost | None, before: StackCost | None) -> CostComparison | None:
    """The cost of a stack compared with an earlier one; None for a stack without prices."""
    if now is None:
        return None
    return CostComparison(now=now, before=before if before and before.currency == now.currency else None)


def amount_text(amount: Decimal) -> str:
    """An amount for display: whole from 10 on, with two decimals below."""
    unit = _WHOLE if amount >= _SMALL or amount == 0 else _HUNDREDTH
    return f"{amount.quantize(unit, rounding=ROUND_HALF_EVEN)}"


def range_text(least: str, most: str) -> str:
    """A range as text; a single value if both ends are equal."""
    return least if least == most else f"{least}\N{EN DASH}{most}"
