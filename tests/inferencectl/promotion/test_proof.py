"""What is not proved in a stack is refused by name, with exit code 2."""

from pathlib import Path

import pytest
import yaml

from inferencectl.promotion.evidence import Evidence
from inferencectl.promotion.evidence import Result as Found
from inferencectl.promotion.proof import chosen, refuse_unreleased, refuse_unverified
from inferencectl.releases.release import Result
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from tests.inferencectl.checkout import model, tiny
from tests.inferencectl.promotion.stacks import OLD, VERSION, proved, stack
from tests.inferencectl.releases.test_release import released

WEIGHED = [{**OLD, "weight": 100}, {**VERSION, "weight": 0}]
ONE = proved()


def choice(tmp_path: Path, number: int | None, **keys: object) -> int:
    """The version that is chosen of the model in a file with these keys."""
    project = Project(tmp_path)
    content = {"config": {"inference:platform": tiny(model("iris", **keys))}}
    project.stack_file("dev").write_text(yaml.safe_dump(content), encoding="utf-8")
    platform = stack("dev", None, dict(keys))
    found = chosen(project, "dev", platform, platform.models[0], number)
    assert found.written == content["config"]["inference:platform"]["models"][0]
    return found.version.version


def test_the_only_version_needs_no_number(tmp_path: Path) -> None:
    assert choice(tmp_path, None, versions=[VERSION]) == 2
    assert choice(tmp_path, 1, versions=WEIGHED) == 1


@pytest.mark.parametrize(
    ("number", "rollout", "said"),
    [
        (None, "surge", "iris has several versions in dev: 1, 2"),
        (3, "surge", "iris has no version 3 in dev"),
        (2, "recreate", "version 2 of iris has no pods in dev"),
    ],
)
def test_a_version_that_is_not_there_is_refused(tmp_path: Path, number: int | None, rollout: str, said: str) -> None:
    with pytest.raises(SandboxError, match=said) as refused:
        choice(tmp_path, number, versions=WEIGHED, rollout={"strategy": rollout})
    assert refused.value.exit_code == BAD_INPUT


def test_the_last_release_counts() -> None:
    refuse_unreleased(ONE, [released(1, ONE.model, Result.FAILED), released(2, ONE.model)])


@pytest.mark.parametrize(
    ("releases", "said"),
    [
        ([], "no release of iris is on record in dev"),
        ([released(1, ONE.model), released(2, ONE.model, Result.FAILED)], "number 2 with 2, has failed"),
        ([released(1, ONE.model, Result.UNFINISHED)], "number 1 with 2, is unfinished"),
        ([released(1, proved(versions=[OLD]).model)], "says something else for iris than the last release of iris"),
    ],
    ids=["none", "failed", "unfinished", "something else"],
)
def test_what_is_not_released_is_refused(releases: list, said: str) -> None:
    with pytest.raises(SandboxError, match=said) as refused:
        refuse_unreleased(ONE, releases)
    assert refused.value.exit_code == BAD_INPUT


def test_a_reason_stands_in_for_a_verification_and_not_for_a_passed_one() -> None:
    refuse_unverified(ONE, Evidence(result=Found.PASSED, told=""), None)
    refuse_unverified(ONE, Evidence(result=Found.MISSING, told=""), "tried by hand")
    with pytest.raises(SandboxError, match="nothing has verified iris 2 in dev: no Job") as refused:
        refuse_unverified(ONE, Evidence(result=Found.MISSING, told="no Job"), None)
    assert refused.value.exit_code == BAD_INPUT
    with pytest.raises(SandboxError, match="iris 2 is not promoted: in dev a Job failed") as refused:
        refuse_unverified(ONE, Evidence(result=Found.FAILED, told="a Job failed"), "tried by hand")
    assert refused.value.exit_code == BAD_INPUT
