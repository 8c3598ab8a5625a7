"""What is wrong with a dashboard, in words."""

import re
from collections import Counter
from collections.abc import Container, Iterator
from itertools import combinations
from typing import Any

from grafana_foundation_sdk.models import units

from components.monitoring_stack.dashboards.panel import WIDTH

Written = dict[str, Any]

SELECTED = re.compile(r"([a-zA-Z_:][\w:]*)\{")
VARIABLE = re.compile(r"\$\{?([a-z]\w*)\}?")
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {value for name, value in vars(units).items() if name.isupper() and isinstance(value, str)} | {
    value for name, value in vars(units).items() if not name.startswith("_") and isinstance(value, str)
}


def problems(dashboard: Written, known: Container[str]) -> Iterator[str]:
    """Everything that is wrong with one, by its panels; ``known`` are the series that somebody exports."""
    if not re.fullmatch(r"inference-[a-z-]{3,20}-[0-9a-f]{8}", dashboard.get("uid") or ""):
        yield f"uid {dashboard.get('uid')!r} is not one that stays"
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    for panel in panels:
        yield from (f"{panel['title']}: {problem}" for problem in _of_panel(panel, known))
    yield from _of_places(dashboard["panels"])
    yield from _of_variables(dashboard)
    for title, number in Counter(panel["title"] for panel in panels).items():
        if number > 1:
            yield f"{title}: {number} panels have this title"


def _of_panel(panel: Written, known: Container[str]) -> Iterator[str]:
    if panel.get("datasource") != SOURCE:
        yield "no data source"
    if not panel.get("description"):
        yield "no description"
    unit = panel["fieldConfig"]["defaults"].get("unit", "")
    if unit not in UNITS and not re.fullmatch(r"suffix: \S+", unit):
        yield f"unit {unit!r} is none of Grafana's"
    if not panel["targets"]:
        yield "no query"
    for target in panel["targets"]:
        yield from _of_query(target, known)
    if len({target["refId"] for target in panel["targets"]}) < len(panel["targets"]):
        yield "two queries have one name"


def _of_query(target: Written, known: Container[str]) -> Iterator[str]:
    if target.get("datasource") != SOURCE:
        yield f"query {target['refId']} has no data source"
    if not re.fullmatch(r"\d+s", target.get("interval", "")):
        yield f"query {target['refId']} does not say how often its series are scraped"
    if not target.get("legendFormat"):
        yield f"query {target['refId']} does not say what a line is"
    series = SELECTED.findall(target["expr"])
    yield from (f"nobody exports {name}" for name in dict.fromkeys(series) if name not in known)
    if not series:
        yield f"query {target['refId']} reads no series"


def _of_places(panels: list[Written]) -> Iterator[str]:
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > WIDTH:
            yield f"{panel['title']}: wider than the page"
    for one, other in combinations(panels, 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            yield f"{one['title']}: lies on {other['title']}"


def _overlap(one: Written, other: Written) -> bool:
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def _of_variables(dashboard: Written) -> Iterator[str]:
    variables = dashboard["templating"]["list"]
    defined = [variable["name"] for variable in variables]
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    sources = [panel.get("datasource", {}).get("uid", "") for panel in dashboard["panels"]]
    choices = [variable["query"]["query"] for variable in variables if variable["type"] == "query"]
    used = {name for text in (*queries, *sources, *choices) for name in VARIABLE.findall(text)}
    yield from (f"${name} is not defined" for name in sorted(used - {*defined}))
    yield from (f"${name} is not used" for name in defined if name not in used)
