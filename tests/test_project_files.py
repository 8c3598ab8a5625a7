"""The files that a stranger looks for first: they are there, and agree with each other and with the tools."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))
INPUTS = {"input", "textarea", "dropdown", "checkboxes"}


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def project() -> dict[str, Any]:
    return pyproject()["project"]


def test_the_licence_is_the_one_that_the_project_names() -> None:
    assert project()["license"] == "Apache-2.0"
    (name,) = project()["license-files"]
    title, version, *_ = (ROOT / name).read_text(encoding="utf-8").split("\n", 2)
    assert (title.strip(), version.strip()) == ("Apache License", "Version 2.0, January 2004")


def test_the_latest_release_in_the_changelog_is_the_version_of_the_project() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## \[(.+?)\](.*)$", changelog, re.MULTILINE)
    assert releases[0] == ("Unreleased", "")
    assert releases[1][0] == project()["version"]
    assert all(re.fullmatch(r" - \d{4}-\d{2}-\d{2}", dated) for _, dated in releases[1:])


def test_what_decides_and_what_judges_is_type_checked_strictly() -> None:
    assert set(pyproject()["tool"]["basedpyright"]["strict"]) == {"settings", "policies"}


def test_hooks_run_the_tools_of_make_lint_and_come_from_this_repository() -> None:
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    hooks = {hook["id"]: hook for repo in repos for hook in repo["hooks"]}
    assert {hook["language"] for hook in hooks.values()} == {"system"}
    (recipe,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    linted = {line.partition("$(BIN)/")[2].removesuffix(" .") for line in recipe.splitlines()}
    assert {hooks[name]["entry"].removeprefix(".venv/bin/") for name in hooks.keys() - {"documentation"}} == linted
    assert all((ROOT / word).exists() for word in hooks["documentation"]["entry"].split() if word.endswith(".py"))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_asks_each_question_once_and_says_what_it_is_for(form: Path) -> None:
    document = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert document["name"]
    assert document["description"]
    asked = [element for element in document["body"] if element["type"] in INPUTS]
    assert asked
    assert {element["type"] for element in document["body"]} <= {*INPUTS, "markdown"}
    assert len({element["id"] for element in asked}) == len(asked)
    assert all(element["attributes"]["label"] for element in asked)
    for element in asked:
        assert element["type"] != "dropdown" or len(set(element["attributes"]["options"])) > 1


def test_targets_and_paths_that_the_templates_name_exist() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / ".github").rglob("*.*")]
    targets = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
    assert {target for text in texts for target in re.findall(r"\bmake ([a-z-]+)", text)} <= targets
    named = {path for text in texts for path in re.findall(r"\b(?:docs/[\w/.-]*\w|[A-Z]+\.md)", text)}
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
