"""`report` on what it cannot compare or accept; tests/workflows has it compare two commits."""

import subprocess
from pathlib import Path

import pytest

from inferencectl.workspace.errors import BAD_INPUT
from tests.inferencectl.checkout import STACK, Checkout, tiny


def git(checkout: Checkout, *arguments: str) -> None:
    named = ("-c", "user.name=tests", "-c", "user.email=tests@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(checkout.root), *named, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with one stack, of which main is the base."""
    checkout = Checkout.copied_to(tmp_path_factory.mktemp("branch"))
    for stack in ("dev", "prod"):
        checkout.project.stack_file(stack).unlink()
    git(checkout, "init", "--quiet", "--initial-branch=main")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "--message=base")
    return checkout


def test_a_base_that_there_is_not_is_refused_before_anything_is_written(branch: Checkout, tmp_path: Path) -> None:
    refusal = branch.run("report", "--base", "origin/main", "--output", str(tmp_path / "report"))
    assert (refusal.code, refusal.out) == (BAD_INPUT, "")
    assert refusal.err.startswith("error: --base origin/main: ")
    assert "git fetch origin" in refusal.err
    assert not (tmp_path / "report").exists()


def test_a_stack_that_may_not_be_deployed_is_reported_and_then_fails(branch: Checkout, tmp_path: Path) -> None:
    branch.write(STACK, {**tiny(), "namespace": "kube system"})
    try:
        refused = branch.run("report", "--base", "main", "--output", str(tmp_path))
    finally:
        git(branch, "checkout", "--quiet", ".")
    assert refused.code == BAD_INPUT
    told = (tmp_path / "comment.md").read_text(encoding="utf-8")
    assert "| tiny | refused | | |" in told
    assert 'inference:platform.namespace: "kube system"' in told
