"""The timeline as a self-contained SVG picture, and its samples as JSON."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import jinja2

from inferencectl.demos.autoscaling.timeline import Passage, Sample, Timeline
from inferencectl.workspace.files import require_directory, require_writable, write_atomically

_READABLE_BY_ALL = 0o644
_LEFT, _WIDTH = 70, 860
_TOP, _HEIGHT, _GAP = 96, 110, 46
_TICK_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Series:
    """One stepped line of a panel, as counts do not change gradually; `points` are in the picture's coordinates."""

    name: str
    points: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One chart: its lines, its position, and the value at the top of its axis."""

    title: str
    top: float
    most: float
    series: Sequence[Series]


@dataclass(frozen=True, kw_only=True)
class Band:
    """The background of a phase, and its label, one word per line."""

    left: float
    width: float
    words: Sequence[str]
    is_measured: bool


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """The paths of the picture and of the samples."""

    svg: Path
    json: Path

    @classmethod
    def below(cls, directory: Path) -> Self:
        """Returns the paths in `directory`, which is created.

        Raises:
            SandboxError: the files are not writable.
        """
        require_directory(directory)
        pictures = cls(svg=directory / "autoscaling.svg", json=directory / "autoscaling.json")
        for path in (pictures.svg, pictures.json):
            require_writable(path)
        return pictures

    def write(self, timeline: Timeline) -> None:
        """Write both; each is replaced as a whole."""
        write_atomically(self.svg, svg(timeline), mode=_READABLE_BY_ALL)
        write_atomically(self.json, timeline.as_json(), mode=_READABLE_BY_ALL)


def svg(timeline: Timeline) -> str:
    """Load, replicas and nodes over the same time, each phase a band. A timeline has a sample at least."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    across = _Across(seconds=timeline.samples[-1].seconds or 1.0)
    return environment.get_template("autoscaling.svg.j2").render(
        panels=_panels(timeline.samples, across),
        bands=[_band(passage, across) for passage in timeline.passages],
        ticks=[(across(second), second) for second in range(0, int(across.seconds) + 1, _TICK_SECONDS)],
        left=_LEFT,
        right=_LEFT + _WIDTH,
        top=_TOP,
        height=_HEIGHT,
        bottom=_TOP + 3 * _HEIGHT + 2 * _GAP,
    )


@dataclass(frozen=True, kw_only=True)
class _Across:
    """From seconds to the picture's width."""

    seconds: float

    def __call__(self, seconds: float) -> float:
        return round(_LEFT + _WIDTH * seconds / self.seconds, 1)


def _panels(samples: Sequence[Sample], across: _Across) -> Sequence[Panel]:
    lines: Sequence[tuple[str, dict[str, Callable[[Sample], float]]]] = (
        ("requests a second", {"load": lambda sample: sample.requests_per_second}),
        ("replicas", {"wanted": lambda sample: sample.wanted, "ready": lambda sample: sample.ready}),
        ("nodes", {"nodes": lambda sample: sample.nodes}),
    )
    made = []
    for number, (title, of) in enumerate(lines):
        top = _TOP + number * (_HEIGHT + _GAP)
        most = max((value(sample) for value in of.values() for sample in samples), default=0) or 1
        made.append(
            Panel(
                title=title,
                top=top,
                most=most,
                series=[
                    Series(name=name, points=_steps(samples, value, across, top, most)) for name, value in of.items()
                ],
            )
        )
    return made


def _steps(
    samples: Sequence[Sample], value: Callable[[Sample], float], across: _Across, top: float, most: float
) -> str:
    def point(seconds: float, sample: Sample) -> str:
        return f"{across(seconds)},{round(top + _HEIGHT * (1 - value(sample) / most), 1)}"

    corners = [point(samples[0].seconds, samples[0])]
    for before, after in pairwise(samples):
        if value(before) != value(after):
            corners += [point(after.seconds, before), point(after.seconds, after)]
    return " ".join([*corners, point(samples[-1].seconds, samples[-1])])


def _band(passage: Passage, across: _Across) -> Band:
    return Band(
        left=across(passage.begin),
        width=round(across(passage.end) - across(passage.begin), 1),
        words=passage.phase.name.split(),
        is_measured=passage.phase.is_measured,
    )
