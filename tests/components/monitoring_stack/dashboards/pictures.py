"""Pictures of the dashboards: ``python -m tests.components.monitoring_stack.dashboards.pictures`` draws them again.

Grafana's server cannot be had here. These are drawn by us, from what a real Prometheus with made series answers to the
queries of the dashboards.
"""

import json
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.components.monitoring_stack.dashboards.made import Written, read
from tests.components.monitoring_stack.dashboards.past import SECONDS, past
from tests.components.monitoring_stack.dashboards.test_dashboard_answers import chosen, sent
from tests.inferencectl.rightsizing.backfilled_prometheus import remembering

DIRECTORY = Path(__file__).parents[4] / "docs" / "dashboards"
NOW = 1_795_910_400
"""When the made past ends: a picture does not change because time goes by."""
MODELS = {"model": "mnist", "releases": "vision", "gpus": "bert", "distributions": "ranker"}
"""The model that is chosen in each."""
STEP_SECONDS, COLUMN, UNIT, MARGIN = 600, 40, 20, 6
COLOURS = ("#3274d9", "#e0752d", "#37872d", "#8f3bb8", "#c4162a", "#6b7280")
SHOWN_LINES, SHOWN_NAMES, NUMBERS_ACROSS = 6, 4, 8

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a panel: what it is called, and its points by seconds since the beginning."""

    name: str
    points: Points


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a Prometheus at ``url`` says."""

    url: str

    def lines(self, panel: Written, model: str) -> Sequence[Line]:
        """Those of a panel, in a stable order."""
        found = [line for target in panel["targets"] for line in self._of_query(target, model)]
        return sorted(found, key=lambda line: line.name)

    def _of_query(self, target: Written, model: str) -> Iterator[Line]:
        asked = {"query": chosen(sent(target), model), "start": NOW - SECONDS, "end": NOW, "step": STEP_SECONDS}
        with urllib.request.urlopen(f"{self.url}/api/v1/query_range?{urllib.parse.urlencode(asked)}") as reply:  # noqa: S310 - on loopback
            result: list[dict[str, Any]] = json.load(reply)["data"]["result"]
        for element in result:
            points = [(at - NOW + SECONDS, float(value)) for at, value in element["values"] if value != "NaN"]
            if points:
                yield Line(name=_named(target["legendFormat"], element["metric"]), points=points)


def _named(legend: str, labels: Mapping[str, str]) -> str:
    for label in ("inference_model", "inference_version", *labels):
        legend = legend.replace(f"{{{{{label}}}}}", labels.get(label, ""))
    return legend.replace("{{GPU_I_ID}}", "").strip()


def picture(dashboard: Written, answers: Answers, model: str) -> str:
    """One page as SVG."""
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"]) * UNIT
    width = 24 * COLUMN
    parts = [_drawn(panel, answers, model) for panel in dashboard["panels"]]
    style = "text{font:11px sans-serif;fill:#333}.t{font-weight:bold}.s{fill:#777;font-size:9px}.n{font-size:20px}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
            f"<style>{style}polyline{{fill:none;stroke-width:1.3}}</style>",
            f'<rect width="{width}" height="{height}" fill="#f4f5f5"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _drawn(panel: Written, answers: Answers, model: str) -> str:
    place = panel["gridPos"]
    x, y = place["x"] * COLUMN, place["y"] * UNIT
    if panel["type"] == "row":
        return f'<text class="t" x="{x + MARGIN}" y="{y + 14}">{escape(panel["title"])}</text>'
    width, height = place["w"] * COLUMN - MARGIN, place["h"] * UNIT - MARGIN
    lines = answers.lines(panel, model)
    body = [_text(6, 14, panel["title"], "t")]
    if not lines:
        body.append(_text(6, height / 2, "no data of this model", "s"))
    elif panel["type"] == "stat":
        body += _numbers(lines, width, panel)
    else:
        body += _chart(lines, width, height, panel)
    frame = f'<rect width="{width}" height="{height}" fill="#fff" stroke="#ddd"/>'
    return f'<g transform="translate({x},{y})">{frame}{"".join(body)}</g>'


def _numbers(lines: Sequence[Line], width: int, panel: Written) -> Iterator[str]:
    across = min(len(lines), NUMBERS_ACROSS)
    for number, line in enumerate(lines):
        x, y = number % across * width / across + 8, 44 + number // across * 36
        yield _text(x, y, _value(line.points[-1][1]) + _unit(panel), "n" if len(lines) == 1 else "")
        yield _text(x, y + 14, line.name, "s")


def _chart(lines: Sequence[Line], width: int, height: int, panel: Written) -> Iterator[str]:
    top, bottom, left, right = 24, height - 34, 44, width - 8
    limit = next((step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]), None)
    values = [value for line in lines for _, value in line.points]
    lowest, highest = min(0.0, *values), max([*values, 0.0])
    if limit is not None and limit <= 3 * highest:
        highest = max(highest, limit)
    highest = highest or 1.0

    def down(value: float) -> int:
        return round(bottom - (bottom - top) * (value - lowest) / (highest - lowest))

    for value in (lowest, highest):
        yield _text(4, down(value) + 3, _value(value) + _unit(panel), "s")
    yield f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#ccc"/>'
    if limit is not None and lowest <= limit <= highest:
        yield f'<path d="M{left} {down(limit)}H{right}" stroke="#c4162a" stroke-dasharray="4 3"/>'
    for number, line in enumerate(lines[:SHOWN_LINES]):
        points = " ".join(f"{round(left + (right - left) * at / SECONDS)},{down(value)}" for at, value in line.points)
        yield f'<polyline points="{points}" stroke="{COLOURS[number]}"/>'
    yield from _legend(lines, width, height)


def _legend(lines: Sequence[Line], width: int, height: int) -> Iterator[str]:
    for number, line in enumerate(lines[:SHOWN_NAMES]):
        x, y = 6 + number % 2 * width / 2, height - 18 + number // 2 * 12
        yield f'<rect x="{round(x)}" y="{y - 6}" width="8" height="3" fill="{COLOURS[number]}"/>'
        more = f" (and {len(lines) - SHOWN_NAMES} more)" if number + 1 == SHOWN_NAMES < len(lines) else ""
        yield _text(x + 12, y, line.name[:34] + more, "s")


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{round(x)}" y="{round(y)}">{escape(text)}</text>'


def _value(value: float) -> str:
    return f"{value / 2**30:.3g} Gi" if value >= 2**30 else f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _unit(panel: Written) -> str:
    unit: str = panel["fieldConfig"]["defaults"]["unit"]
    short = {"reqps": "/s", "percent": " %", "percentunit": "", "none": "", "celsius": " C", "watt": " W", "bytes": "B"}
    return short.get(unit, f" {unit.removeprefix('suffix: ')}")


def pictures() -> Mapping[str, str]:
    """Those of all dashboards, by name."""
    with tempfile.TemporaryDirectory() as directory, remembering(past(), Path(directory), now=NOW) as url:
        return {name: picture(each, Answers(url=url), MODELS.get(name, "")) for name, each in read().items()}


def main() -> None:
    """Write every file."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in pictures().items():
        (DIRECTORY / f"{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
