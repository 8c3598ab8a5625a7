"""What the demonstration says about what it saw: in sentences, in lines, as a picture and as JSON."""

import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from inferencectl.demos.autoscaling.phase import PHASES, Phase
from inferencectl.demos.autoscaling.picture import NAME, svg
from inferencectl.demos.autoscaling.screen import Screen, line
from inferencectl.demos.autoscaling.timeline import Passage, Sample, Timeline, conclusions
from inferencectl.demos.drawing import Pictures
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

SVG = "{http://www.w3.org/2000/svg}"
QUIET, DOUBLED, PEAK, FALLEN, AWAY, BACK = PHASES


def sample(seconds: float, wanted: int, ready: int, nodes: int = 0, load: float = 20.0) -> Sample:
    return Sample(seconds=seconds, requests_per_second=load, wanted=wanted, ready=ready, nodes=nodes or ready)


def passage(phase: Phase, *samples: Sample) -> Passage:
    return Passage(phase=phase, samples=samples)


TIMELINE = Timeline(
    polling_seconds=5,
    scrape_seconds=2,
    passages=[
        passage(QUIET, sample(0, 2, 2), sample(10, 2, 2)),
        passage(DOUBLED, sample(10.5, 2, 2, load=40), sample(16, 4, 3, load=40), sample(18, 4, 4, load=40)),
        passage(FALLEN, sample(20, 8, 8), sample(40, 4, 4, nodes=8), sample(50, 4, 4)),
        passage(AWAY, sample(51, 4, 4, load=40), sample(70, 5, 5, load=40)),
    ],
)


@pytest.mark.parametrize(
    ("last", "is_met"),
    [
        (sample(5, 4, 4), True),
        (sample(5, 4, 3), False),
        (sample(5, 5, 4), False),
        (sample(5, 4, 4, nodes=5), False),
    ],
    ids=["all there", "one not ready", "one more wanted", "a node too many"],
)
def test_a_phase_is_met_by_its_replicas_on_a_node_each(last: Sample, is_met: bool) -> None:
    assert passage(DOUBLED, sample(0, 2, 2), last).is_met is is_met


def test_replicas_that_went_unmeasured_are_a_failure_even_if_they_come_back() -> None:
    assert passage(AWAY, sample(0, 4, 4), sample(9, 5, 5)).is_met
    assert not passage(AWAY, sample(0, 4, 4), sample(5, 3, 3), sample(9, 5, 5)).is_met


def test_how_long_it_took_is_reported_in_polling_intervals() -> None:
    assert conclusions(TIMELINE) == [
        "quiet: 2 replicas on 2 nodes after 10.0 s",
        "load doubles: 4 instead of 2 replicas were ready after 7.5 s, 1.5 polling intervals",
        "load falls: 4 replicas on 4 nodes after 30.0 s",
        "metrics lost: never fewer than 4 replicas were ready, 5 in the end",
    ]


def test_a_phase_that_was_not_met_is_not_called_ready() -> None:
    unmet = Timeline(polling_seconds=5, scrape_seconds=2, passages=[passage(DOUBLED, sample(0, 2, 2), sample(9, 4, 3))])
    assert conclusions(unmet) == ["load doubles: 3 of 4 replicas were ready after 9.0 s, on 3 nodes"]


def test_a_line_can_be_read_without_colours() -> None:
    out = StringIO()
    screen = Screen(Console(file=out, width=120))
    screen.phase(DOUBLED)
    for each in (sample(61, 4, 2, load=40), sample(61.5, 4, 2, load=40), sample(62, 4, 4, load=40)):
        screen.sample(each)
    assert [each.rstrip() for each in out.getvalue().splitlines()] == [
        "load doubles: 40 requests a second",
        "1:01  load  40/s ━━━━━━━         ready 2 of 4 ●●○○        nodes  2 ▮▮",
        "1:02  load  40/s ━━━━━━━         ready 4 of 4 ●●●●        nodes  4 ▮▮▮▮",
    ]


def test_a_line_of_the_peak_is_not_wider_than_a_terminal() -> None:
    peak = sample(600, PEAK.replicas, PEAK.replicas, load=PEAK.requests_per_second)
    out = StringIO()
    Console(file=out, width=200).print(line(peak))
    assert len(out.getvalue().rstrip()) <= 80


def test_the_picture_has_every_series_and_names_every_phase() -> None:
    drawn = ElementTree.fromstring(svg(TIMELINE))  # noqa: S314 - made here
    lines = {each.get("class"): each.get("points", "").split() for each in drawn.iter(f"{SVG}polyline")}
    assert set(lines) == {"load", "wanted", "ready", "nodes"}
    # Two corners for each change, a beginning and an end.
    assert [len(lines[name]) for name in ("wanted", "ready", "nodes")] == [2 + 2 * 4, 2 + 2 * 5, 2 + 2 * 5]
    words = " ".join("".join(each.itertext()) for each in drawn.iter(f"{SVG}tspan"))
    for each in TIMELINE.passages:
        assert each.phase.name in words
    unmeasured = [each for each in drawn.iter(f"{SVG}rect") if "marked" in each.get("class", "")]
    assert len(unmeasured) == 1


def test_a_count_is_as_high_in_the_picture_as_it_is() -> None:
    drawn = ElementTree.fromstring(svg(TIMELINE))  # noqa: S314 - made here
    (ready,) = (each for each in drawn.iter(f"{SVG}polyline") if each.get("class") == "ready")
    heights = [float(point.partition(",")[2]) for point in ready.get("points", "").split()]
    two, three, four = heights[0], heights[2], heights[4]
    assert two - three == pytest.approx(three - four, abs=0.2)  # a tenth of a unit each
    assert four < three < two


def test_the_series_are_written_as_they_were_seen(tmp_path: Path) -> None:
    pictures = Pictures.below(tmp_path / "demo", NAME)
    pictures.write(svg(TIMELINE), TIMELINE.as_json())
    written = json.loads(pictures.json.read_text())
    assert len(written["samples"]) == len(TIMELINE.samples)
    assert written["samples"][3] == {
        "seconds": 16,
        "requests_per_second": 40,
        "wanted": 4,
        "ready": 3,
        "nodes": 3,
    }
    assert [(phase["name"], phase["isMet"]) for phase in written["phases"]] == [
        (each.phase.name, True) for each in TIMELINE.passages
    ]
    assert pictures.svg.read_text() == svg(TIMELINE)


def test_a_directory_that_cannot_be_written_is_refused_before_anything_starts(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    with pytest.raises(SandboxError, match="cannot be written") as refusal:
        Pictures.below(taken, NAME)
    assert refusal.value.exit_code == BAD_INPUT
