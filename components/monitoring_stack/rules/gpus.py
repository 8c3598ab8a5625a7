"""The accelerators that a model's pods use, as their vendor's exporter sees them."""

from collections.abc import Iterator

from components.monitoring_stack.rules.cards import Cards, cards_of
from components.monitoring_stack.rules.rule import UNHURRIED, Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched

MOST_BUSY_PERCENT, MOST_MEMORY_PERCENT = 90, 95


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on accelerators, if the model has any."""
    if cards := cards_of(model):
        tickets = [*_busy(model, cards), _memory(model, cards)]
        yield Group(name=f"{model.name}-gpus-in-use", rules=tickets, interval=UNHURRIED)
        yield Group(name=f"{model.name}-gpus", rules=[_error(model, cards)])


def memory_percent(model: Watched, cards: Cards) -> str:
    """The memory in use of each card, or MIG device."""
    parts = [cards.of(model, name) for name in cards.memory]
    whole = f"({' + '.join(parts)})" if len(parts) > 1 else parts[0]
    return f"100 * {cards.of(model, cards.used)} / {whole}"


def measures_use(model: Watched) -> bool:
    """Whether it is known how busy the model's devices are."""
    devices = model.args.devices
    # DCGM measures whole cards only: https://github.com/NVIDIA/dcgm-exporter/issues/216
    return devices is not None and not devices.is_partition


def _busy(model: Watched, cards: Cards) -> Iterator[Alert]:
    if not measures_use(model):
        return
    yield Alert(
        name="ModelGpuBusy",
        expr=f"{cards.of(model, cards.busy)} > {MOST_BUSY_PERCENT}",
        lasting="5m",
        severity=Severity.WARNING,
        summary=f"A {cards.kind} of model {model.name} has no time left",
        description=f"{cards.named} computes {{{{ $value }}}} % of the time.",
        model=model.name,
    )


def _memory(model: Watched, cards: Cards) -> Alert:
    return Alert(
        name="ModelGpuMemoryHigh",
        expr=f"{memory_percent(model, cards)} > {MOST_MEMORY_PERCENT}",
        lasting="5m",
        severity=Severity.WARNING,
        summary=f"A {cards.kind} of model {model.name} has no memory left",
        description=f'{{{{ $value | printf "%.0f" }}}} % of the memory of {cards.named} is in use.',
        model=model.name,
    )


def _error(model: Watched, cards: Cards) -> Alert:
    return Alert(
        name="ModelGpuError",
        expr=f"{cards.of(model, cards.health)} {cards.fault}",
        lasting="1m",
        severity=Severity.CRITICAL,
        summary=f"A {cards.kind} of model {model.name} reports an error",
        description=f"{cards.named} {cards.faulty}",
        model=model.name,
    )
