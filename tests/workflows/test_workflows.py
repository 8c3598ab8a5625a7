"""The workflows: accepted by the linters, pinned, with few rights, and without anything for forks to take."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflows.pipelines import GITLAB, ROOT, WORKFLOWS, document, jobs

PINNED = re.compile(
    r"^\s*(?:- )?uses: (?:\./\.github/workflows/[\w-]+\.yml|[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+)$"
)
WRITES = {
    ("pull-request.yml", "publish"): {"pull-requests", "security-events"},
    ("deploy.yml", "dev"): {"id-token"},
    ("deploy.yml", "staging"): {"id-token"},
    ("deploy.yml", "prod"): {"id-token"},
    ("deploy-stack.yml", "plan"): {"id-token"},
    ("deploy-stack.yml", "deploy"): {"id-token"},
    ("nightly.yml", "watch"): {"id-token"},
}
"""The rights to write, of which the one to `id-token` is the right to have an identity."""


def linted(actionlint: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    # Without these two it finds them on some machines and not on others.
    command = [str(actionlint), "-no-color", "-shellcheck=", "-pyflakes=", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def audited(folder: Path) -> subprocess.CompletedProcess[str]:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [str(zizmor), "--offline", "--no-progress", "--persona=pedantic", "--color=never", "--quiet", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_actionlint_finds_nothing(actionlint: Path) -> None:
    done = linted(actionlint, *WORKFLOWS)
    assert (done.returncode, done.stdout) == (0, "")


def test_zizmor_finds_nothing() -> None:
    done = audited(ROOT / ".github")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("right", "wrong", "finding"),
    [
        ("  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
        ("  # v5.0.0", "", None),
        ("08c6903cd8c0fde910a37f88322edcfb5dd907a8", "v5", "unpinned-uses"),
        ('BASE="origin/$BASE"', 'BASE="origin/${{ github.head_ref }}"', "template-injection"),
        ("          persist-credentials: false\n", "", "artipacked"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
    ],
)
def test_the_checks_find_what_is_wrong(tmp_path: Path, right: str, wrong: str, finding: str | None) -> None:
    folder = tmp_path / ".github"
    shutil.copytree(ROOT / ".github", folder)
    file = folder / "workflows" / "pull-request.yml"
    text = file.read_text(encoding="utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    if finding is None:
        assert not all(PINNED.match(line) for line in uses(file))
    else:
        assert f"[{finding}]" in audited(folder).stdout


def test_actionlint_knows_what_a_job_may_refer_to(actionlint: Path, tmp_path: Path) -> None:
    file = tmp_path / "deploy-stack.yml"
    text = (ROOT / ".github/workflows/deploy-stack.yml").read_text(encoding="utf-8")
    file.write_text(text.replace("inputs.verify", "inputs.verified"), encoding="utf-8")
    assert '"verified" is not defined' in linted(actionlint, file).stdout


def uses(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if re.match(r"^\s*(- )?uses:", line)]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_a_commit_with_its_version_beside_it(file: Path) -> None:
    for line in uses(file):
        assert PINNED.match(line), line


def test_a_version_of_an_action_is_one_commit_everywhere() -> None:
    named = {tuple(line.split("uses: ")[1].split("@")) for file in WORKFLOWS for line in uses(file) if "@" in line}
    assert len({action for action, _ in named}) == len(named)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_rights_are_those_of_the_jobs_and_few(file: Path) -> None:
    assert document(file)["permissions"] == {}
    for name, job in jobs(file).items():
        writes = {right for right, level in job["permissions"].items() if level != "read"}
        assert writes == WRITES.get((file.name, name), set()), name


def test_code_of_a_pull_request_never_runs_with_a_right_to_write() -> None:
    publish = jobs(ROOT / ".github/workflows/pull-request.yml")["publish"]
    (checkout,) = (step for step in publish["steps"] if step.get("uses", "").startswith("actions/checkout@"))
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert "head.repo.full_name == github.repository" in publish["if"]


@pytest.mark.parametrize("file", [*WORKFLOWS, GITLAB], ids=lambda file: file.name)
def test_no_secret_is_stored_anywhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert not re.search(r"(?i)passphrase|password|access_key", text)


def test_one_deployment_at_a_time_of_every_stack() -> None:
    deploy = jobs(ROOT / ".github/workflows/deploy.yml")
    groups = {name: job["concurrency"] for name, job in deploy.items()}
    assert groups == {name: {"group": f"stack-{name}", "cancel-in-progress": False} for name in deploy}
    watch = jobs(ROOT / ".github/workflows/nightly.yml")["watch"]["concurrency"]
    assert watch == {"group": "stack-${{ matrix.stack }}", "cancel-in-progress": False}
    assert document(GITLAB)[".on a real environment"]["resource_group"] == "stack-$STACK"


def test_prod_comes_after_staging_was_verified() -> None:
    deploy = jobs(ROOT / ".github/workflows/deploy.yml")
    assert (deploy["staging"]["needs"], deploy["prod"]["needs"]) == ("dev", "staging")
    assert deploy["staging"]["with"]["verify"] is True
    stack = jobs(ROOT / ".github/workflows/deploy-stack.yml")
    assert stack["deploy"]["needs"] == "plan"
    assert stack["deploy"]["environment"] == "${{ inputs.stack }}"
    stages = document(GITLAB)["stages"]
    assert stages.index("staging") < stages.index("plan-prod") < stages.index("prod")
