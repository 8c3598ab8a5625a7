"""A timeline as a self-contained SVG picture, drawn as stepped lines over the same seconds, and its data as JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol, Self, TypeVar

import jinja2

from inferencectl.workspace.files import require_directory, require_writable, write_atomically

_READABLE_BY_ALL = 0o644
_TEMPLATE = "timeline.svg.j2"
_LEFT, _WIDTH = 70, 860
_TOP, _HEIGHT, _GAP = 96, 110, 46
_TICK_SECONDS = 30


class Observation(Protocol):
    """Something seen at a time, in seconds after the start."""

    @property
    def seconds(self) -> float: ...  # noqa: D102


Seen = TypeVar("Seen", bound=Observation)


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
    """A stretch of time with a name of its own, in seconds after the start; marked ones stand out."""

    name: str
    begin: float
    end: float
    is_marked: bool = False


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a picture says: its heading, what it shows for those who do not see it, and how to read its lines."""

    heading: str
    about: str
    legend: str


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """The paths of the picture and of the data."""

    svg: Path
    json: Path

    @classmethod
    def below(cls, directory: Path, name: str) -> Self:
        """Returns the paths in `directory`, which is created.

        Raises:
            SandboxError: the files are not writable.
        """
        require_directory(directory)
        pictures = cls(svg=directory / f"{name}.svg", json=directory / f"{name}.json")
        for path in (pictures.svg, pictures.json):
            require_writable(path)
        return pictures

    def write(self, svg: str, json: str) -> None:
        """Write both; each is replaced as a whole."""
        write_atomically(self.svg, svg, mode=_READABLE_BY_ALL)
        write_atomically(self.json, json, mode=_READABLE_BY_ALL)


def drawn(
    words: Words,
    styles: Mapping[str, str],
    samples: Sequence[Seen],
    lines: Sequence[tuple[str, Mapping[str, Callable[[Seen], float]]]],
    bands: Sequence[Band],
) -> str:
    """The picture: a panel for each of `lines`, by title and then by name of the line, which has its CSS in `styles`.

    There is a sample at least.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    across = _Across(seconds=samples[-1].seconds or 1.0)
    return environment.get_template(_TEMPLATE).render(
        words=words,
        styles=styles,
        panels=[_panel(number, title, of, samples, across) for number, (title, of) in enumerate(lines)],
        bands=[_placed(band, across) for band in bands],
        ticks=[(across(second), second) for second in range(0, int(across.seconds) + 1, _TICK_SECONDS)],
        left=_LEFT,
        right=_LEFT + _WIDTH,
        top=_TOP,
        height=_HEIGHT,
        bottom=_TOP + len(lines) * _HEIGHT + (len(lines) - 1) * _GAP,
    )


@dataclass(frozen=True, kw_only=True)
class _Across:
    """From seconds to the picture's width."""

    seconds: float

    def __call__(self, seconds: float) -> float:
        return round(_LEFT + _WIDTH * seconds / self.seconds, 1)


def _panel(
    number: int, title: str, of: Mapping[str, Callable[[Seen], float]], samples: Sequence[Seen], across: _Across
) -> Panel:
    top = _TOP + number * (_HEIGHT + _GAP)
    most = max((value(sample) for value in of.values() for sample in samples), default=0) or 1
    series = [Series(name=name, points=_steps(samples, value, across, top, most)) for name, value in of.items()]
    return Panel(title=title, top=top, most=most, series=series)


def _steps(samples: Sequence[Seen], value: Callable[[Seen], float], across: _Across, top: float, most: float) -> str:
    def point(seconds: float, sample: Seen) -> str:
        return f"{across(seconds)},{round(top + _HEIGHT * (1 - value(sample) / most), 1)}"

    corners = [point(samples[0].seconds, samples[0])]
    for before, after in pairwise(samples):
        if value(before) != value(after):
            corners += [point(after.seconds, before), point(after.seconds, after)]
    return " ".join([*corners, point(samples[-1].seconds, samples[-1])])


def _placed(band: Band, across: _Across) -> Mapping[str, object]:
    left = across(band.begin)
    return {
        "left": left,
        "width": round(across(band.end) - left, 1),
        "words": band.name.split(),
        "is_marked": band.is_marked,
    }
