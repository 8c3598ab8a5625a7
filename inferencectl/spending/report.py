"""What models have cost as text for people and values for machines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from components.monitoring_stack.held import exported_resource
from inferencectl.cost.comparison import range_text
from inferencectl.spending.held import Coverage, Held
from settings import Devices
from settings.cost import HourPrices, rounded

_NOTHING = Held()
_FULL_PERCENT = 99.5
Amounts = tuple[Decimal, Decimal]
"""The least and the most."""


@dataclass(frozen=True, kw_only=True)
class ModelSpending:
    """What a model's pods held, ``held``, and what that costs; None if there were none.

    ``planned`` is the least and the most that the settings allow for in the same hours. Volumes are in neither.
    """

    name: str
    team: str
    held: Held | None
    prices: HourPrices
    devices: Devices | None
    planned: tuple[Fraction, Fraction]

    @property
    def cards(self) -> Fraction:
        """Hours of whole accelerators."""
        return self._own_devices * self.prices.cards_per_device

    @property
    def actual(self) -> Amounts:
        """The least and the most that it cost; they differ where nodes have different prices."""
        held = self.held or _NOTHING
        least, most = self.prices.span(self.prices.on_demand(cores=held.cores, gib=held.gib, devices=self._own_devices))
        return rounded(least), rounded(most)

    @property
    def unpriced(self) -> Mapping[str, Fraction]:
        """Hours of devices that the settings give the model no longer, and that have no price."""
        held = self.held or _NOTHING
        return {name: hours for name, hours in held.devices.items() if name != self._resource}

    @property
    def _own_devices(self) -> Fraction:
        return (self.held or _NOTHING).devices.get(self._resource, Fraction(0))

    @property
    def _resource(self) -> str:
        return exported_resource(self.devices.resource) if self.devices else ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a stack's models have cost; ``others`` are models that it no longer has."""

    stack: str
    window: str
    currency: str
    coverage: Coverage
    models: Sequence[ModelSpending]
    others: Mapping[str, Held]

    @property
    def teams(self) -> Mapping[str, tuple[Amounts, Amounts]]:
        """The sums of what is displayed, actual and planned, of each team."""
        teams = dict.fromkeys(model.team for model in self.models)
        return {team: _sums([model for model in self.models if model.team == team]) for team in teams}

    @property
    def total(self) -> tuple[Amounts, Amounts]:
        """The same of all models."""
        return _sums(self.models)

    @property
    def notes(self) -> Iterator[str]:
        """What the numbers leave out."""
        if self.coverage.percent < _FULL_PERCENT:
            yield (
                f"Prometheus knows what ran in {_shown(self.coverage.seen)} of {_shown(self.coverage.hours)} hours "
                f"({self.coverage.percent:.0f} %): the others count for nothing here, and nothing is planned for them"
            )
        for model in self.models:
            if model.held is None:
                yield f"{model.name}: no pod in this time"
            elif model.held.cores_used is None:
                yield f"{model.name}: no container_cpu_usage_seconds_total of its pods: what they used is unknown"
            for device, hours in model.unpriced.items():
                yield f"{model.name}: {float(hours):.1f} hours of {device}, which it no longer has, have no price here"
        for name, held in self.others.items():
            yield f"{name}: {float(held.cores):.1f} CPU-hours of a model that the stack no longer has are left out"
        yield "volumes, spare capacity, samplers, routers and the proxies of a mesh are in neither amount"

    def for_machines(self) -> Mapping[str, Any]:
        """The content of the JSON report."""
        return {
            "stack": self.stack,
            "window": self.window,
            "currency": self.currency,
            "hours": {"window": float(self.coverage.hours), "seen": float(self.coverage.seen)},
            "models": [_for_machines(model) for model in self.models],
            "teams": {team: _named(sums) for team, sums in self.teams.items()},
            "total": _named(self.total),
            "notes": [*self.notes],
        }


def print_report(console: Console, report: Report) -> None:
    """Print a line for each model, the total, and what is left out."""
    console.print(f"{report.stack}, the last {report.window}:", highlight=False)
    columns = ("model", "team", "CPU-hours", "used", "GiB-hours", "GPU-hours", "cost", "planned")
    table = Table(*columns, box=None, pad_edge=False)
    for model in report.models:
        held = model.held or _NOTHING
        table.add_row(
            escape(model.name),
            escape(model.team),
            _shown(held.cores),
            "" if held.cores_used is None else _shown(held.cores_used),
            _shown(held.gib),
            _shown(model.cards),
            _amount(model.actual, report.currency),
            _amount(_rounded(model.planned), report.currency),
        )
    sums = {**(report.teams if len(report.teams) > 1 else {}), "": report.total}
    for team, amounts in sums.items():
        table.add_row("total", escape(team), *[""] * 4, *(_amount(each, report.currency) for each in amounts))
    console.print(table)
    for note in report.notes:
        console.print(escape(note), highlight=False)


def _sums(models: Sequence[ModelSpending]) -> tuple[Amounts, Amounts]:
    return _sum([each.actual for each in models]), _sum([_rounded(each.planned) for each in models])


def _named(sums: tuple[Amounts, Amounts]) -> Mapping[str, Amounts]:
    actual, planned = sums
    return {"actual": actual, "planned": planned}


def _sum(amounts: Sequence[Amounts]) -> Amounts:
    return sum((least for least, _ in amounts), Decimal(0)), sum((most for _, most in amounts), Decimal(0))


def _rounded(amounts: tuple[Fraction, Fraction]) -> Amounts:
    least, most = amounts
    return rounded(least), rounded(most)


def _shown(hours: Fraction) -> str:
    return f"{float(hours):.1f}"


def _amount(amounts: Amounts, currency: str) -> str:
    least, most = amounts
    return f"{range_text(f'{least}', f'{most}')} {currency}"


def _for_machines(model: ModelSpending) -> Mapping[str, Any]:
    held = model.held or _NOTHING
    return {
        "name": model.name,
        "team": model.team,
        "cpu_hours": float(held.cores),
        "cpu_hours_used": None if held.cores_used is None else float(held.cores_used),
        "memory_gib_hours": float(held.gib),
        "gpu_hours": float(model.cards),
        "actual": model.actual,
        "planned": _rounded(model.planned),
    }
