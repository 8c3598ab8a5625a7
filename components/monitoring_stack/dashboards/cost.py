"""What models cost, by what their pods hold, beside what was planned."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.dashboards.panel import Dashboard, Kind, Panel, Query, Row, Unit
from components.monitoring_stack.dashboards.shown import NAMESPACE, Shown, all_models, pods_of
from components.monitoring_stack.held import exported_resource, held
from settings.running_cost import ModelHours, StackHours

_GIB = 2**30
_STEP_MINUTES = 5
_CHEAPEST, _DEAREST = 0, 1


def cost(models: Sequence[ModelServiceArgs], hours: StackHours | None) -> Dashboard:
    """What ``models`` hold, and what that costs; empty without prices."""
    shown = all_models(models[0])
    return Dashboard(
        name="cost",
        title="Cost",
        description="What models cost by what their servers hold, beside the plan; without volumes, spare capacity, "
        "samplers, routers and the proxies of a mesh.",
        variables=(NAMESPACE,),
        rows=(
            Row(title="Cost", panels=[*_costs(shown, models, hours)] if hours else []),
            Row(title="Held", panels=[*_amounts(shown, models)] if hours else []),
        ),
    )


def _costs(shown: Shown, models: Sequence[ModelServiceArgs], hours: StackHours) -> Iterator[Panel]:
    ends = {"": _DEAREST} if hours.has_one_price else {"from ": _CHEAPEST, "to ": _DEAREST}
    costs = {name: _cost(shown, models, hours, end) for name, end in ends.items()}
    unit = f"suffix: {hours.currency}"
    yield Panel(
        title="Cost per hour",
        description="What the pods of each model hold, times the prices of the stack; from and to, where nodes differ.",
        unit=unit,
        queries=[Query(expr=expr, legend=f"{name}{shown.legend}") for name, expr in costs.items()],
        width=12,
    )
    planned = zip(("planned at least", "planned at most"), hours.planned, strict=True)
    yield Panel(
        title="Cost per hour against the plan",
        description="All models together, and the least and the most that the settings allow for.",
        unit=unit,
        queries=[
            *(Query(expr=f"sum({expr})", legend=f"{name}actual") for name, expr in costs.items()),
            *(Query(expr=f"0 * count({shown.up}) + {_number(value)}", legend=legend) for legend, value in planned),
        ],
        width=12,
    )
    yield Panel(
        title="Cost in the chosen time",
        description="The sum at steps of five minutes. A time of which Prometheus knows nothing counts for nothing.",
        unit=unit,
        kind=Kind.NUMBER,
        queries=[Query(expr=_over_time(expr), legend=f"{name}{shown.legend}") for name, expr in costs.items()],
        width=24,
    )


def _amounts(shown: Shown, models: Sequence[ModelServiceArgs]) -> Iterator[Panel]:
    devices = dict.fromkeys(exported_resource(args.devices.resource) for args in models if args.devices)
    for title, unit, resources in (
        ("CPU", Unit.CORES, ["cpu"]),
        ("Memory", Unit.BYTES, ["memory"]),
        ("Accelerators", Unit.COUNT, [*devices]),
    ):
        yield Panel(
            title=title,
            description="What the pods of each model hold: those that are on a node and not done.",
            unit=unit,
            queries=[
                Query(
                    expr=shown.by_pod(held(shown.namespace, f'resource="{resource}"')),
                    legend=f"{resource} {shown.legend}" if resource in devices else shown.legend,
                )
                for resource in resources
            ],
        )


def _cost(shown: Shown, models: Sequence[ModelServiceArgs], hours: StackHours, end: int) -> str:
    """What the pods hold, times its price; models of which all has one price are asked together."""
    groups: dict[tuple[tuple[str, Fraction], ...], list[str]] = {}
    for args in models:
        groups.setdefault(_prices(args, hours.models[args.model.name], end), []).append(args.model.name)
    terms = [
        f"{held(shown.namespace, *_selected(resource, names))} * {_number(price)}"
        for prices, names in groups.items()
        for resource, price in prices
    ]
    return shown.by_pod(f"({' or '.join(terms)})")


def _prices(args: ModelServiceArgs, hours: ModelHours, end: int) -> tuple[tuple[str, Fraction], ...]:
    prices = hours.prices
    amounts = {"cpu": prices.cpu, "memory": prices.memory_gib / _GIB}
    if args.devices:
        amounts[exported_resource(args.devices.resource)] = prices.device
    return tuple((resource, prices.span(price)[end]) for resource, price in amounts.items())


def _selected(resource: str, names: Sequence[str]) -> tuple[str, str]:
    return f'resource="{resource}"', f'pod=~"{pods_of(names)}"'


def _over_time(expr: str) -> str:
    return f"sum_over_time(({expr})[$__range:{_STEP_MINUTES}m]) * {_STEP_MINUTES} / 60"


def _number(value: Fraction) -> str:
    return f"{float(value):.12g}"
