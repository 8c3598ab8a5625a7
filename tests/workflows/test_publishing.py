"""The comment and the findings, published on a stand-in for the forge."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.pull_request_comment import main
from tests.workflows.forge import AUTHOR, REPOSITORY, TOKEN, StandInForge, forge

MARKER = "<!-- inference-platform: report of a pull request -->"


@pytest.fixture
def github() -> Iterator[StandInForge]:
    with forge() as standing:
        yield standing


@pytest.fixture
def report(tmp_path: Path) -> Path:
    (tmp_path / "comment.md").write_text(f"{MARKER}\n## first\n", encoding="utf-8")
    for stack in ("dev", "prod"):
        (tmp_path / f"{stack}.sarif").write_text(f'{{"version": "{stack}"}}', encoding="utf-8")
    return tmp_path


def given(github: StandInForge, **others: str) -> dict[str, str]:
    job = {"GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": TOKEN}
    return {**job, "PULL_REQUEST": "7", "HEAD_COMMIT": "ab" * 20, **others}


def comment(text: str, login: str = AUTHOR["login"]) -> dict[str, Any]:
    return {"user": {"login": login}, "body": text}


def test_there_is_one_comment_however_often_it_is_published(github: StandInForge, report: Path) -> None:
    main(report, given(github))
    (report / "comment.md").write_text(f"{MARKER}\n## second\n", encoding="utf-8")
    main(report, given(github))
    assert [each["body"] for each in github.comments] == [f"{MARKER}\n## second\n"]


def test_it_is_found_behind_many_others(github: StandInForge, report: Path) -> None:
    others = [comment(f"{number}") for number in range(230)]
    github.comments = [{**each, "id": at} for at, each in enumerate([*others, comment(MARKER)])]
    main(report, given(github))
    assert len(github.comments) == 231
    assert github.comments[-1]["body"].endswith("## first\n")


def test_comments_of_others_are_left_alone(github: StandInForge, report: Path) -> None:
    github.comments = [{**comment(f"{MARKER}\nmine", "somebody"), "id": 0}]
    main(report, given(github))
    assert [each["body"].splitlines()[1] for each in github.comments] == ["mine", "## first"]


def test_the_findings_of_every_stack_are_uploaded_for_the_commit(github: StandInForge, report: Path) -> None:
    main(report, given(github))
    assert [each["sarif"]["version"] for each in github.findings] == ["dev", "prod"]
    assert {(each["commit_sha"], each["ref"]) for each in github.findings} == {("ab" * 20, "refs/pull/7/head")}


def test_without_code_scanning_there_is_still_the_comment(
    github: StandInForge, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    github.has_code_scanning = False
    main(report, given(github))
    assert len(github.comments) == 1
    assert "dev.sarif was not uploaded: code scanning is not enabled" in capsys.readouterr().out


def test_what_is_missing_is_named(github: StandInForge, report: Path) -> None:
    variables = given(github)
    del variables["HEAD_COMMIT"]
    with pytest.raises(SystemExit, match="error: the variable HEAD_COMMIT is not set"):
        main(report, variables)
    with pytest.raises(SystemExit, match=r"not published: HTTP Error 401"):
        main(report, given(github, GITHUB_TOKEN="another"))
    (report / "comment.md").write_text("no marker", encoding="utf-8")
    with pytest.raises(SystemExit, match="and not with a marker"):
        main(report, given(github))
    assert github.comments == []
