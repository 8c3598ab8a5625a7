"""Checks the manifests of prod with a general scanner, Checkov; ``make scan`` runs this module.

Prints how many checks passed and failed. The exit code is 1 where a failed check is not argued in
``scanner-accepted.yaml``, or where that argues what does not fail.
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
from inferencectl.policy_check.verdict import judge
from inferencectl.program.run import run_program
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError
from inferencectl.workspace.project import Project

PROJECT = Project(Path(__file__).parents[2])
STACK = "prod"
CHECKOV = PROJECT.root / ".venv-scan" / "bin" / "checkov"
ARGUED = Path(__file__).with_name("scanner-accepted.yaml")
SCAN_SECONDS = 3600
_LAST_WORDS = 1000


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
class Argument:
    """Why a check may fail on the resources that match a pattern."""

    check: str
    resources: str
    reason: str

    def covers(self, failed: FailedCheck) -> bool:
        """Whether this is about that check on that resource."""
        return self.check == failed.check and fnmatchcase(failed.resource, self.resources)


def scan(checkov: Path, manifests: Path) -> Scan:
    """Checkov's verdict on the manifests in a directory. It asks no network, and reads no settings of the user's.

    Raises:
        SandboxError: it cannot be started, breaks down, cannot read a manifest, or was told to skip a check.
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


def arguments(file: Path = ARGUED) -> tuple[Argument, ...]:
    """The arguments in a file."""
    return tuple(Argument(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")))


def unargued(failed: Iterable[FailedCheck], argued: Sequence[Argument]) -> list[FailedCheck]:
    """The failed checks that no argument covers."""
    return [each for each in failed if not any(argument.covers(each) for argument in argued)]


def unneeded(failed: Sequence[FailedCheck], argued: Iterable[Argument]) -> list[Argument]:
    """The arguments that cover no failed check."""
    return [argument for argument in argued if not any(argument.covers(each) for each in failed)]


def main() -> None:
    """Scan the committed prod stack."""
    try:
        found = _scan_of_stack()
    except SandboxError as error:
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    argued = arguments()
    open_ends = [
        *(f"not argued: {each}" for each in unargued(found.failed, argued)),
        *(f"argued in vain: {each.check} {each.resources}" for each in unneeded(found.failed, argued)),
    ]
    for line in open_ends:
        _say(line)
    sys.stdout.write(f"passed {found.passed}, failed {len(found.failed)}\n")
    if open_ends:
        _say(f"Mend the manifests, or the arguments in {ARGUED.relative_to(PROJECT.root)}.")
        sys.exit(FAILED)


def _scan_of_stack() -> Scan:
    verdict = judge(PROJECT, run_program(PROJECT, STACK).recording)
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
        said = (errors.strip() or report.strip())[-_LAST_WORDS:]
        raise SandboxError(f"Checkov broke down: {said}", "Run it by hand over the output of make render.") from error
    if broken:
        raise SandboxError(
            f"Checkov did not check everything: {broken}", "Remove what makes it skip, and mend the rest."
        )
    return Scan(passed=summary["passed"], failed=found)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
