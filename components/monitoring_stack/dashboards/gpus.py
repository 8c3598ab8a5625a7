"""The accelerators that a model's pods use."""

from collections.abc import Callable, Sequence

from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.dashboards.panel import Dashboard, Limit, Panel, Query, Row, Unit
from components.monitoring_stack.dashboards.shown import MODEL, NAMESPACE, VERSION, Shown, asked, versions_of_model
from components.monitoring_stack.rules.cards import CARDS, Cards
from components.monitoring_stack.rules.gpus import (
    MOST_BUSY_PERCENT,
    MOST_MEMORY_PERCENT,
    measures_use,
    memory_percent,
)
from settings import Vendor

_NVIDIA = CARDS[Vendor.NVIDIA]


def gpus(models: Sequence[ModelServiceArgs]) -> Dashboard:
    """The accelerators of one of ``models``, by their vendors' exporters."""
    shown = [*map(versions_of_model, models)]
    return Dashboard(
        name="gpus",
        title="GPUs",
        description="The accelerators that a model's pods use, by their vendors' exporters.",
        variables=(NAMESPACE, MODEL, VERSION),
        rows=(
            Row(title="Use", panels=[_busy(shown), _memory(shown), _memory_used(shown)]),
            Row(title="Health", panels=[_temperature(shown), _power(shown), *_health(shown)]),
        ),
    )


def _of(cards: Cards, models: Sequence[Shown]) -> Sequence[Shown]:
    return [model for model in models if model.args.devices and CARDS[model.args.devices.vendor] is cards]


def _each(models: Sequence[Shown], query: Callable[[Shown, Cards], str]) -> Sequence[Query]:
    return [
        found
        for cards in CARDS.values()
        for found in asked(_of(cards, models), lambda model, cards=cards: query(model, cards), cards.legend)
    ]


def _named(models: Sequence[Shown], series: str) -> Sequence[Query]:
    return asked(_of(_NVIDIA, models), lambda model: _NVIDIA.of(model, series), _NVIDIA.legend)


def _busy(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Utilization",
        description="Time in which the GPU computed. DCGM does not measure it of MIG devices.",
        unit=Unit.PERCENT,
        queries=_each([*filter(measures_use, models)], lambda model, cards: cards.of(model, cards.busy)),
        limit=Limit(value=MOST_BUSY_PERCENT),
        alerts=["ModelGpuBusy"],
    )


def _memory(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Memory",
        description="Share of the memory of the GPU, or MIG device, that is in use.",
        unit=Unit.PERCENT,
        queries=_each(models, memory_percent),
        limit=Limit(value=MOST_MEMORY_PERCENT),
        alerts=["ModelGpuMemoryHigh"],
    )


def _memory_used(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Memory in use",
        description="The same in mebibytes.",
        unit=Unit.MEBIBYTES,
        queries=_named(models, "DCGM_FI_DEV_FB_USED"),
    )


def _temperature(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Temperature",
        description="Of the GPU. A hot one lowers its clock.",
        unit=Unit.CELSIUS,
        queries=_named(models, "DCGM_FI_DEV_GPU_TEMP"),
    )


def _power(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Power",
        description="What the GPU draws.",
        unit=Unit.WATTS,
        queries=_named(models, "DCGM_FI_DEV_POWER_USAGE"),
    )


def _health(models: Sequence[Shown]) -> Sequence[Panel]:
    """What tells of errors, of each vendor alone: it is another number."""
    said = {
        Vendor.NVIDIA: (
            "Last XID error",
            "Number of the last error, which stays until the exporter restarts; 0 for none.",
        ),
        Vendor.AMD: ("Health", "1 for each of AMD's GPUs that is healthy, 0 for the others."),
        Vendor.INTEL: ("Rows with errors", "Rows of a Gaudi card's memory with errors that cannot be corrected."),
    }
    return [
        Panel(
            title=title,
            description=description,
            unit=Unit.COUNT,
            queries=_each(_of(CARDS[vendor], models), lambda model, cards: cards.of(model, cards.health)),
            limit=Limit(value=1, is_least=vendor is Vendor.AMD),
            alerts=["ModelGpuError"],
        )
        for vendor, (title, description) in said.items()
    ]
