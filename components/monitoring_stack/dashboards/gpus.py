"""The GPUs that a model's pods use."""

from collections.abc import Callable, Sequence

from components.accelerators import GPU_UTILIZATION_METRIC
from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.dashboards.panel import Dashboard, Limit, Panel, Query, Row, Unit
from components.monitoring_stack.dashboards.shown import MODEL, NAMESPACE, VERSION, Shown, asked, versions_of_model
from components.monitoring_stack.rules.gpus import (
    MOST_BUSY_PERCENT,
    MOST_MEMORY_PERCENT,
    has_nvidia_gpus,
    measures_use,
    memory_percent,
    of_gpus,
)


def gpus(models: Sequence[ModelServiceArgs]) -> Dashboard:
    """NVIDIA's GPUs of one of ``models``, by DCGM's exporter."""
    shown = [model for model in map(versions_of_model, models) if has_nvidia_gpus(model)]
    return Dashboard(
        name="gpus",
        title="GPUs",
        description="NVIDIA's GPUs that a model's pods use, by DCGM's exporter.",
        variables=(NAMESPACE, MODEL, VERSION),
        rows=(
            Row(title="Use", panels=[_busy(shown), _memory(shown), _memory_used(shown)]),
            Row(title="Health", panels=[_temperature(shown), _power(shown), _errors(shown)]),
        ),
    )


def _each(models: Sequence[Shown], query: Callable[[Shown], str | None]) -> Sequence[Query]:
    return asked(models, query, "{{Hostname}} {{gpu}} {{GPU_I_ID}}")


def _named(models: Sequence[Shown], series: str) -> Sequence[Query]:
    return _each(models, lambda model: of_gpus(model, series))


def _busy(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Utilization",
        description="Time in which the GPU computed. DCGM does not measure it of MIG devices.",
        unit=Unit.PERCENT,
        queries=_named([*filter(measures_use, models)], GPU_UTILIZATION_METRIC),
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


def _errors(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Last XID error",
        description="Number of the last error, which stays until the exporter restarts; 0 for none.",
        unit=Unit.COUNT,
        queries=_named(models, "DCGM_FI_DEV_XID_ERRORS"),
        limit=Limit(value=1),
        alerts=["ModelGpuError"],
    )
