"""`report` as it runs on a pull request: a branch of a checkout, beside the commit that it starts from."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from inferencectl.workspace.errors import BAD_INPUT
from tests.inferencectl.checkout import STACK, Checkout, model, tiny


def git(checkout: Checkout, *arguments: str) -> None:
    named = ("-c", "user.name=tests", "-c", "user.email=tests@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(checkout.root), *named, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A stack with one model whose image and storage the branch changes, in a checkout of which main is the base."""
    checkout = Checkout.copied_to(tmp_path_factory.mktemp("branch"))
    for stack in ("dev", "prod"):
        checkout.project.stack_file(stack).unlink()
    git(checkout, "init", "--quiet", "--initial-branch=main")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "--message=base")
    git(checkout, "switch", "--quiet", "--create=branch")
    changed = tiny(model(replicas=3), model("digits"))
    checkout.write(STACK, {**changed, "admission": {"requireDigest": "advisory"}})
    git(checkout, "commit", "--quiet", "--all", "--message=change")
    return checkout


@pytest.fixture(scope="module")
def written(branch: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    return reported(branch, tmp_path_factory.mktemp("first"))


def reported(branch: Checkout, directory: Path) -> Mapping[str, bytes]:
    """The files of a report, by name."""
    finished = branch.run("report", "--base", "main", "--output", str(directory))
    assert finished.code == 0, finished.err
    return {each.name: each.read_bytes() for each in directory.iterdir()}


def test_it_tells_the_change(branch: Checkout, written: Mapping[str, bytes]) -> None:
    assert sorted(written) == ["comment.md", "report.md", f"{STACK}.sarif"]
    told = written["comment.md"].decode()
    assert "- `digits: new: all requests go to version 1`" in told
    assert "+ spec.replicas: 3" in told
    assert "+ create Deployment models-tiny/digits-v1" in told
    assert str(branch.root) not in told
    assert json.loads(written[f"{STACK}.sarif"])["version"] == "2.1.0"


def test_it_tells_it_in_the_same_bytes_again(branch: Checkout, written: Mapping[str, bytes], tmp_path: Path) -> None:
    assert reported(branch, tmp_path) == written


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
