"""Add-ons that the stack installs from their charts."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import Issue, refuse
from settings.validation.section import Section
from settings.validation.words import shown
from settings.values.text import is_checkout_path, matching, named_text

_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[0-9]{1,5})?"
_STATED_VERSION = re.compile(r"^version:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_URL = re.compile(rf"(?:https|oci)://{_HOST}(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


def _chart_source(text: str) -> str:
    if not _URL.fullmatch(text) and not is_checkout_path(text):
        secure = re.sub(r"^http:", "https:", text.strip().rstrip("/"))
        refuse(
            "an https:// chart repository or an oci:// registry without credentials, or a folder of the checkout",
            f"did you mean '{secure}'?" if _URL.fullmatch(secure) else "",
        )
    return text


ChartSource = Annotated[str, AfterValidator(_chart_source), named_text("URL or path")]

ChartVersion = Annotated[
    str,
    # A range would install something else tomorrow than what was reviewed today.
    matching(
        r"v?(?:0|[1-9][0-9]{0,8})(?:\.(?:0|[1-9][0-9]{0,8})){2}(?:-[0-9A-Za-z][0-9A-Za-z.-]{0,62})?",
        "one exact version such as 1.31.2, not a range",
        lambda text: text.strip().lstrip("^~=>< "),
    ),
    named_text("version"),
]


class Installation(Section):
    """An add-on that the stack installs from its charts, as Helm releases."""

    charts: ChartSource
    """Where the charts are: a chart repository (`https://`), a registry (`oci://`), or a folder of the checkout that
    has a folder for each chart."""
    version: ChartVersion
    """Their exact version."""

    @property
    def repository(self) -> str | None:
        """The chart repository, where charts are only names in it."""
        return self.charts if self.charts.startswith("https://") else None

    def chart(self, name: str) -> str:
        """What Helm is told to install for the chart of that name."""
        if self.repository:
            return name
        return f"{self.charts}/{name}" if self.charts.startswith("oci://") else f"./{self.charts}/{name}"

    def age_issues(self, oldest: tuple[int, int], why: str, hint: str) -> Iterator[Issue]:
        """Charts before ``oldest``, with ``why`` they are too old, and what a cluster that has them may do instead."""
        major, minor = map(int, re.findall(r"[0-9]+", self.version)[:2])
        if (major, minor) < oldest:
            yield Issue(
                path=("version",),
                found=f"{shown(self.version)}, {why}",
                expected="at least {}.{}".format(*oldest),
                hint=hint,
            )

    def chart_issues(self, names: Iterable[str]) -> Iterator[Issue]:
        """What a folder of the checkout lacks of the charts ``names``; a server is asked by Helm."""
        if "://" in self.charts:
            return
        for name in names:
            # Relative to the working directory of the program, as Helm looks for it.
            file = Path(self.charts) / name / "Chart.yaml"
            try:
                stated = _STATED_VERSION.search(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                stated = None
            if stated is None:
                yield Issue(
                    path=("charts",),
                    found=f"{shown(self.charts)}, which has no chart {name}",
                    expected=f"a folder of the checkout with {name}/Chart.yaml",
                    hint="helm pull --untar makes such a folder",
                )
            elif stated[1] != self.version:
                yield Issue(
                    path=("version",),
                    found=shown(self.version),
                    expected=f"{shown(stated[1])}, the version of {self.charts}/{name}",
                )
