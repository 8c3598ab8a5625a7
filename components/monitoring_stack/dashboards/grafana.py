"""Dashboards in Grafana's own format, of the types of its SDK.

Its builders are left alone: they import each other's second format, which takes four times as long as the types.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import count

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, prometheus, stat, timeseries
from grafana_foundation_sdk.models import dashboard as schema

from components.monitoring_stack.dashboards.panel import WIDTH, Dashboard, Kind, Limit, Panel, Query, Row, Variable
from settings import Monitoring
from settings.cluster.dashboards import Dashboards

_HEIGHT = 8
_GOOD, _BAD = "green", "red"
_SOURCE = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
_DEFAULT = "default"


def uid(dashboard: Dashboard, namespace: str) -> str:
    """The part of its address, which stays, and which another namespace's does not have."""
    return f"inference-{dashboard.name}-{hashlib.sha256(namespace.encode()).hexdigest()[:8]}"


def json_of(dashboard: Dashboard, namespace: str, monitoring: Monitoring, wanted: Dashboards) -> str:
    """The file that Grafana is provisioned with."""
    made = schema.Dashboard(
        uid=uid(dashboard, namespace),
        title=f"{dashboard.title} - {namespace}",
        description=dashboard.description,
        tags=["inference", namespace],
        editable=False,
        graph_tooltip=schema.DashboardCursorSync.CROSSHAIR,
        time=schema.DashboardDashboardTime(from_val="now-6h", to="now"),
        refresh="1m",
        templating=schema.DashboardDashboardTemplating(list_val=[*_variables(dashboard, namespace, wanted)]),
        panels=[*_panels(dashboard.shown, monitoring)],
        links=[_link_to_others(namespace)],
    )
    return json.dumps(made, cls=JSONEncoder, sort_keys=True, indent=1) + "\n"


def _variables(dashboard: Dashboard, namespace: str, wanted: Dashboards) -> Iterator[schema.VariableModel]:
    name = wanted.datasource or _DEFAULT
    yield schema.VariableModel(
        type_val=schema.VariableType.DATASOURCE,
        name="datasource",
        label="data source",
        query="prometheus",
        current=schema.VariableOption(selected=True, text=name, value=name),
    )
    for variable in dashboard.variables:
        yield _variable(variable, namespace)


def _variable(variable: Variable, namespace: str) -> schema.VariableModel:
    current = {"namespace": schema.VariableOption(selected=True, text=namespace, value=namespace)}
    everything = schema.VariableOption(selected=True, text="All", value="$__all") if variable.all_value else None
    return schema.VariableModel(
        type_val=schema.VariableType.QUERY,
        name=variable.name,
        datasource=_SOURCE,
        query={"query": variable.query, "refId": variable.name},
        refresh=schema.VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=schema.VariableSort.NATURAL_ASC,
        include_all=bool(variable.all_value),
        all_value=variable.all_value or None,
        multi=bool(variable.all_value),
        current=current.get(variable.name, everything),
    )


def _link_to_others(namespace: str) -> schema.DashboardLink:
    return schema.DashboardLink(
        title="Dashboards",
        type_val=schema.DashboardLinkType.DASHBOARDS,
        tags=["inference", namespace],
        as_dropdown=True,
        include_vars=True,
        keep_time=True,
    )


def _panels(rows: Sequence[Row], monitoring: Monitoring) -> Iterator[schema.Panel | schema.RowPanel]:
    """Each row's heading and panels, from left to right and from the top."""
    number, y = count(1), 0
    for row in rows:
        place = schema.GridPos(h=1, w=WIDTH, x=0, y=y)
        yield schema.RowPanel(title=row.title, id_val=next(number), grid_pos=place, panels=[])
        x, y = 0, y + 1
        for panel in row.panels:
            if x + panel.width > WIDTH:
                x, y = 0, y + _HEIGHT
            place = schema.GridPos(h=_HEIGHT, w=panel.width, x=x, y=y)
            yield _panel(panel, next(number), place, monitoring)
            x += panel.width
        y += _HEIGHT


def _panel(panel: Panel, number: int, place: schema.GridPos, monitoring: Monitoring) -> schema.Panel:
    return schema.Panel(
        type_val=panel.kind,
        id_val=number,
        title=panel.title,
        description=panel.description,
        datasource=_SOURCE,
        grid_pos=place,
        links=[*_runbooks(panel, monitoring)],
        targets=[_target(query, index, monitoring) for index, query in enumerate(panel.queries)],
        options=_options(panel.kind),
        field_config=schema.FieldConfigSource(defaults=_field(panel), overrides=[]),
    )


def _runbooks(panel: Panel, monitoring: Monitoring) -> Iterator[schema.DashboardLink]:
    if "://" in monitoring.runbooks:
        for alert in panel.alerts:
            url = f"{monitoring.runbooks}/{alert}.md"
            yield schema.DashboardLink(title=alert, type_val=schema.DashboardLinkType.LINK, url=url, target_blank=True)


def _target(query: Query, index: int, monitoring: Monitoring) -> prometheus.Dataquery:
    return prometheus.Dataquery(
        expr=query.expr,
        legend_format=query.legend,
        ref_id=_reference(index),
        range_val=True,
        datasource=_SOURCE,
        # Rates are taken over four of them, at least.
        interval=f"{monitoring.scrape_interval_seconds}s",
    )


def _reference(index: int) -> str:
    """A to Z, then AA, AB and so on."""
    letter = chr(ord("A") + index % 26)
    return letter if index < 26 else _reference(index // 26 - 1) + letter


def _options(kind: Kind) -> stat.Options | timeseries.Options:
    if kind is Kind.NUMBER:
        last = common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields="")
        return stat.Options(
            reduce_options=last,
            graph_mode=common.BigValueGraphMode.AREA,
            color_mode=common.BigValueColorMode.VALUE,
            justify_mode=common.BigValueJustifyMode.AUTO,
            text_mode=common.BigValueTextMode.AUTO,
            orientation=common.VizOrientation.AUTO,
        )
    return timeseries.Options(
        legend=common.VizLegendOptions(
            show_legend=True,
            calcs=[],
            display_mode=common.LegendDisplayMode.LIST,
            placement=common.LegendPlacement.BOTTOM,
        ),
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING),
    )


def _field(panel: Panel) -> schema.FieldConfig:
    return schema.FieldConfig(
        unit=panel.unit,
        thresholds=_thresholds(panel.limit),
        custom=_lines(panel.limit) if panel.kind is Kind.LINES else None,
    )


def _lines(limit: Limit | None) -> timeseries.FieldConfig:
    dashed = common.GraphThresholdsStyleConfig(mode=common.GraphThresholdsStyleMode.DASHED)
    return timeseries.FieldConfig(show_points=common.VisibilityMode.NEVER, thresholds_style=dashed if limit else None)


def _thresholds(limit: Limit | None) -> schema.ThresholdsConfig:
    below, above = (_BAD, _GOOD) if limit and limit.is_least else (_GOOD, _BAD)
    steps = [schema.Threshold(value=None, color=below)]
    if limit:
        steps.append(schema.Threshold(value=limit.value, color=above))
    return schema.ThresholdsConfig(mode=schema.ThresholdsMode.ABSOLUTE, steps=steps)
