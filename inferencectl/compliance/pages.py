"""The report as pages: Markdown for a repository, and one self-contained HTML page."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import jinja2

from inferencectl.compliance.report import Report, Status
from inferencectl.compliance.standards import REASONS
from inferencectl.policy_check.judgements import Result
from inferencectl.program.urns import readable
from inferencectl.workspace.files import require_directory, require_writable, write_atomically

_READABLE_BY_ALL = 0o644
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Where the two pages go."""

    markdown: Path
    html: Path

    @classmethod
    def below(cls, directory: Path, stack: str) -> Self:
        """The pages of ``stack`` in ``directory``, which is created if missing.

        Raises:
            SandboxError: they cannot be written.
        """
        require_directory(directory)
        pages = cls(markdown=directory / f"{stack}.md", html=directory / f"{stack}.html")
        for path in (pages.markdown, pages.html):
            require_writable(path)
        return pages

    def write(self, report: Report) -> None:
        """Write both pages; each is replaced as a whole."""
        write_atomically(self.markdown, markdown(report), mode=_READABLE_BY_ALL)
        write_atomically(self.html, html(report), mode=_READABLE_BY_ALL)


def html(report: Report) -> str:
    """The report as one HTML page; text from manifests and exemptions is escaped."""
    return _environment().get_template("report.html.j2").render(report=report)


def markdown(report: Report) -> str:
    """The report as Markdown."""
    return _environment().get_template("report.md.j2").render(report=report)


def escaped(text: object) -> str:
    """``text`` as Markdown shows it, in a line or in the cell of a table."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"escaped": escaped, "readable": readable, "word": _word}
    environment.globals |= {"statuses": list(Status), "results": list(Result), "reasons": REASONS}
    return environment


def _word(status: str) -> str:
    """A status as a name in style sheets and links."""
    return status.replace(" ", "-")
