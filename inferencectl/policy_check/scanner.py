"""Checks the manifests of prod with a general scanner, Checkov; ``make scan`` runs this module.

Prints how many checks passed and failed. The exit code is 1 where a failed check is not accepted in
``scanner-accepted.yaml``, or where that accepts a check that does not fail.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from inferencectl.deployer.rendering import render_files
from inferencectl.policy_check.verdict import analyzer_of, judge
from inferencectl.program.run import run_program
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError
from inferencectl.workspace.project import Project

PROJECT = Project(Path(__file__).parents[2])
STACK = "prod"
CHECKOV = PROJECT.root / ".venv-scan" / "bin" / "checkov"
ACCEPTED = Path(__file__).with_name("scanner-accepted.yaml")
SCAN_SECONDS = 3600
_STDERR_TAIL_CHARACTERS = 1000


@dataclass(frozen=True, kw_only=True)
class FailedCheck:
    """A check that an object does not pass; ``resource`` is ``Kind.namespace.name``."""

    check: str
    title: str
    resource: str

    def __str__(self) -> str:
        return f"{self.check} {self.resource}: {self.title}"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a scanner found: how many checks passed, and those that failed."""

    passed: int
    failed: tuple[FailedCheck, ...]


@dataclass(frozen=True, kw_only=True)
class AcceptedFailure:
    """Why a check may fail on the resources that match a pattern."""

    check: str
    resources: str
    reason: str

    def covers(self, failed: FailedCheck) -> bool:
        """Whether this is about that check on that resource."""
        return self.check == failed.check and fnmatchcase(failed.resource, self.resources)


def scan(checkov: Path, manifests: Path) -> Scan:
    """Checkov's verdict on the manifests in a directory. It uses neither the network nor the user's settings.

    Raises:
        SandboxError: it cannot be started, fails, cannot read a manifest, or skips a check.
    """
    command = [str(checkov.absolute()), "--directory", str(manifests.absolute()), "--framework", "kubernetes"]
    with TemporaryDirectory() as home:
        # A key to Prisma Cloud in the caller's environment would make Checkov send the manifests there.
        environment = {"PATH": os.environ["PATH"], "HOME": home, "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"}
        try:
            done = subprocess.run(
                [*command, "--output", "json", "--quiet", "--compact", "--skip-download"],
                cwd=home,
                env=environment,
                capture_output=True,
                check=False,
                text=True,
                timeout=SCAN_SECONDS,
            )
        except OSError as error:
            raise SandboxError(
                f"{checkov} cannot be started: {error.strerror}",
                "run make scan, which installs it",
                exit_code=BAD_INPUT,
            ) from error
    return _read(done.stdout, done.stderr)


def accepted_failures(file: Path = ACCEPTED) -> tuple[AcceptedFailure, ...]:
    """The accepted failures in a file."""
    return tuple(AcceptedFailure(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")))


def unaccepted(failed: Iterable[FailedCheck], accepted: Sequence[AcceptedFailure]) -> list[FailedCheck]:
    """The failed checks that are not accepted."""
    return [each for each in failed if not any(entry.covers(each) for entry in accepted)]


def unneeded(failed: Sequence[FailedCheck], accepted: Iterable[AcceptedFailure]) -> list[AcceptedFailure]:
    """The accepted failures that match no failed check."""
    return [each for each in accepted if not any(each.covers(check) for check in failed)]


def main() -> None:
    """Scan the committed prod stack."""
    try:
        found = _scan_of_stack()
    except SandboxError as error:
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    accepted = accepted_failures()
    problems = [
        *(f"not accepted: {each}" for each in unaccepted(found.failed, accepted)),
        *(f"accepted needlessly: {each.check} {each.resources}" for each in unneeded(found.failed, accepted)),
    ]
    for line in problems:
        _say(line)
    sys.stdout.write(f"passed {found.passed}, failed {len(found.failed)}\n")
    if problems:
        _say(f"Fix the manifests, or update {ACCEPTED.relative_to(PROJECT.root)}.")
        sys.exit(FAILED)


def _scan_of_stack() -> Scan:
    verdict = judge(analyzer_of(PROJECT, STACK), run_program(PROJECT, STACK).recording)
    with TemporaryDirectory() as directory:
        files = render_files(verdict.recording, Path(directory))
        _say(f"scanning {len(files)} manifests of {STACK}")
        return scan(CHECKOV, Path(directory))


def _read(report: str, errors: str) -> Scan:
    try:
        read = json.loads(report)
        summary, failed = read["summary"], read["results"]["failed_checks"]
        broken = {key: summary[key] for key in ("parsing_errors", "skipped") if summary[key]}
        found = tuple(
            FailedCheck(check=each["check_id"], title=each["check_name"], resource=each["resource"]) for each in failed
        )
    except (ValueError, KeyError, TypeError) as error:
        tail = (errors.strip() or report.strip())[-_STDERR_TAIL_CHARACTERS:]
        raise SandboxError(f"Checkov failed: {tail}", "Run it by hand on the output of make render.") from error
    if broken:
        raise SandboxError(
            f"Checkov did not check everything: {broken}", "Remove what makes it skip checks, and fix the rest."
        )
    return Scan(passed=summary["passed"], failed=found)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
