"""NVIDIA's GPUs, as DCGM's exporter sees them: of those that a model's pods use."""

from collections.abc import Iterator

from components.accelerators import GPU_UTILIZATION_METRIC
from components.monitoring_stack.rules.rule import Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched
from settings import Vendor

MOST_BUSY_PERCENT, MOST_MEMORY_PERCENT = 90, 95


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on GPUs, if the model has any of NVIDIA's."""
    if has_nvidia_gpus(model):
        yield Group(name=f"{model.name}-gpus", rules=[*_busy(model), _memory(model), _error(model)])


def has_nvidia_gpus(model: Watched) -> bool:
    """Whether DCGM's exporter tells of the model's accelerators."""
    return model.args.devices is not None and model.args.devices.vendor is Vendor.NVIDIA


def of_gpus(model: Watched, name: str) -> str:
    """A series of DCGM's exporter of each GPU that the model's pods use."""
    # Of MIG devices, which share the number of their card, each alone.
    return f"max by (Hostname, gpu, GPU_I_ID) {model.of_others(name, pods=True)}"


def memory_percent(model: Watched) -> str:
    """The memory in use of each GPU, or MIG device."""
    used, free = (of_gpus(model, f"DCGM_FI_DEV_FB_{state}") for state in ("USED", "FREE"))
    return f"100 * {used} / ({used} + {free})"


def measures_use(model: Watched) -> bool:
    """Whether DCGM knows how busy the model's devices are."""
    devices = model.args.devices
    # It measures whole cards only: https://github.com/NVIDIA/dcgm-exporter/issues/216
    return devices is not None and not devices.is_partition


def _busy(model: Watched) -> Iterator[Alert]:
    if not measures_use(model):
        return
    yield Alert(
        name="ModelGpuBusy",
        expr=f"{of_gpus(model, GPU_UTILIZATION_METRIC)} > {MOST_BUSY_PERCENT}",
        lasting="5m",
        severity=Severity.WARNING,
        summary=f"A GPU of model {model.name} has no time left",
        description="GPU {{ $labels.gpu }} of {{ $labels.Hostname }} computes {{ $value }} % of the time.",
        model=model.name,
    )


def _memory(model: Watched) -> Alert:
    return Alert(
        name="ModelGpuMemoryHigh",
        expr=f"{memory_percent(model)} > {MOST_MEMORY_PERCENT}",
        lasting="5m",
        severity=Severity.WARNING,
        summary=f"A GPU of model {model.name} has no memory left",
        description='{{ $value | printf "%.0f" }} % of the memory of GPU {{ $labels.gpu }} of {{ $labels.Hostname }} '
        "is in use.",
        model=model.name,
    )


def _error(model: Watched) -> Alert:
    # A gauge with the number of the last error, which stays until the exporter restarts: no rate of it means anything.
    return Alert(
        name="ModelGpuError",
        expr=f"{of_gpus(model, 'DCGM_FI_DEV_XID_ERRORS')} > 0",
        lasting="1m",
        severity=Severity.CRITICAL,
        summary=f"A GPU of model {model.name} reports an error",
        description="GPU {{ $labels.gpu }} of {{ $labels.Hostname }} has reported XID {{ $value }}.",
        model=model.name,
    )
