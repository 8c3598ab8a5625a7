"""What is made of a scanner's report; the scanner itself is run by ``make scan``, in an environment of its own."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from inferencectl.policy_check.scanner import (
    AcceptedFailure,
    FailedCheck,
    Scan,
    accepted_failures,
    scan,
    unaccepted,
    unneeded,
)
from inferencectl.workspace.errors import SandboxError

PULL = FailedCheck(check="CKV_K8S_15", title="Pull", resource="Deployment.models-prod.iris-v1")
PROBE = FailedCheck(check="CKV_K8S_8", title="Probe", resource="DaemonSet.models-prod.image-prepull-cpu")
SUMMARY = {"passed": 7, "failed": 1, "skipped": 0, "parsing_errors": 0}


def accepted(check: str, resources: str) -> AcceptedFailure:
    return AcceptedFailure(check=check, resources=resources, reason="Because.")


def report(**summary: int) -> dict[str, Any]:
    failed = [{"check_id": PULL.check, "check_name": PULL.title, "resource": PULL.resource, "file_path": "/a.yaml"}]
    return {"summary": {**SUMMARY, **summary}, "results": {"failed_checks": failed}}


@pytest.fixture
def checkov(tmp_path: Path) -> Path:
    """An executable that answers with the file ``answer`` beside it, and keeps how it was called in ``called``."""
    program = tmp_path / "checkov"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, pathlib, sys\n"
        "here = pathlib.Path(__file__).parent\n"
        "(here / 'called').write_text(json.dumps([sys.argv, dict(os.environ), os.getcwd()]))\n"
        "print((here / 'answer').read_text())\n"
        "sys.exit(1)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def answered(checkov: Path, answer: str) -> Scan:
    checkov.with_name("answer").write_text(answer)
    return scan(checkov, checkov.parent)


def test_a_report_is_read(checkov: Path) -> None:
    assert answered(checkov, json.dumps(report())) == Scan(passed=7, failed=(PULL,))


def test_it_is_reported_to_stay_offline_and_sees_nothing_of_the_user(
    checkov: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BC_API_KEY", "a key to a platform that keeps what it is sent")
    answered(checkov, json.dumps(report()))
    arguments, environment, directory = json.loads(checkov.with_name("called").read_text())
    assert "--skip-download" in arguments
    assert environment["CKV_SKIP_PACKAGE_UPDATE_CHECK"] == "true"
    assert "BC_API_KEY" not in environment
    assert environment["HOME"] == directory
    assert not Path(directory).exists()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("Traceback: no memory", "Checkov failed: Traceback: no memory"),
        ('{"passed": 0, "failed": 0}', "Checkov failed"),
        (json.dumps(report(skipped=2)), "did not check everything: {'skipped': 2}"),
        (json.dumps(report(parsing_errors=1)), "did not check everything: {'parsing_errors': 1}"),
    ],
)
def test_a_scan_that_is_none_is_an_error(checkov: Path, answer: str, said: str) -> None:
    with pytest.raises(SandboxError, match=said):
        answered(checkov, answer)


def test_a_scanner_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="cannot be started") as refused:
        scan(tmp_path / "checkov", tmp_path)
    assert refused.value.exit_code == 2


def test_an_argument_is_about_one_check_on_the_resources_that_match() -> None:
    entries = [accepted(PULL.check, "Deployment.*"), accepted(PROBE.check, "Deployment.*")]
    assert unaccepted([PULL, PROBE], entries) == [PROBE]
    assert unneeded([PULL, PROBE], entries) == [entries[1]]


def test_every_argument_that_is_committed_has_a_reason_and_only_one() -> None:
    committed = accepted_failures()
    assert committed
    assert len({(each.check, each.resources) for each in committed}) == len(committed)
    assert all(len(each.reason.split()) > 8 for each in committed)
