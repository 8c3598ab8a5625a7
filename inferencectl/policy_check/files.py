"""The files that `policy` writes for other programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from inferencectl.policy_check.render.junit import junit
from inferencectl.policy_check.render.sarif import sarif
from inferencectl.policy_check.sources import Sources
from inferencectl.policy_check.verdict import Examination
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import require_writable, write_atomically
from inferencectl.workspace.machine_json import as_json
from inferencectl.workspace.project import Project

_READABLE_BY_ALL = 0o644


@dataclass(frozen=True, kw_only=True)
class PolicyFiles:
    """The file for each format; None for a format that is not wanted."""

    sarif: Path | None
    junit: Path | None

    @classmethod
    def chosen(cls, *, sarif: Path | None, junit: Path | None) -> Self:
        """Validate the chosen files.

        Raises:
            SandboxError: one of them cannot be written, or both are the same file.
        """
        for path in filter(None, (sarif, junit)):
            require_writable(path)
        if sarif and junit and sarif.resolve() == junit.resolve():
            raise SandboxError(f"{sarif}: used for both formats", "give each format its own file", exit_code=BAD_INPUT)
        return cls(sarif=sarif, junit=junit)

    @property
    def are_wanted(self) -> bool:
        """Whether there is a file to write."""
        return bool(self.sarif or self.junit)

    def write(self, project: Project, examination: Examination) -> Iterator[Path]:
        """Write each file, and yield its path."""
        if self.sarif:
            sources = Sources(project, examination.verdict.recording)
            log = sarif(examination, sources, project.policy_pack_version)
            write_atomically(self.sarif, f"{as_json(log)}\n", mode=_READABLE_BY_ALL)
            yield self.sarif
        if self.junit:
            write_atomically(self.junit, junit(examination), mode=_READABLE_BY_ALL)
            yield self.junit
