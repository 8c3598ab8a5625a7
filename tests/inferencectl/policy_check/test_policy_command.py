"""The files that `policy` writes for machines, asked for on the command line."""

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from inferencectl.workspace.errors import BAD_INPUT, FAILED
from tests.inferencectl.checkout import STACK, Checkout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.copied_to(tmp_path_factory.mktemp("policy-files"))


def test_the_files_are_written_beside_what_people_read(checkout: Checkout, tmp_path: Path) -> None:
    paths = [tmp_path / "policies.sarif", tmp_path / "policies.xml"]
    reported = checkout.on_stack("policy", "--sarif", str(paths[0]), "--junit", str(paths[1]), "--json")
    assert reported.code == 0, reported.err
    findings = json.loads(reported.out)["findings"]
    assert len(json.loads(paths[0].read_text())["runs"][0]["results"]) == len(findings)
    assert JUnitXml.fromfile(str(paths[1])).failures == 0
    assert all(f"wrote {path}" in reported.err for path in paths)
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_the_files_are_written_when_the_policies_refuse_the_stack(checkout: Checkout, tmp_path: Path) -> None:
    configuration = checkout.project.policy_pack / "config" / f"{STACK}.json"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(json.dumps({"rules": {"levels": {"M10": "mandatory"}}}), encoding="utf-8")
    try:
        reported = checkout.on_stack("policy", "--sarif", str(tmp_path / "p.sarif"), "--junit", str(tmp_path / "p.xml"))
    finally:
        configuration.write_text(text, encoding="utf-8")
    assert reported.code == FAILED
    assert "error: deployment refused: " in reported.err
    assert JUnitXml.fromfile(str(tmp_path / "p.xml")).failures
    levels = {each["level"] for each in json.loads((tmp_path / "p.sarif").read_text())["runs"][0]["results"]}
    assert "error" in levels


def test_a_stack_without_a_configuration_is_told_so_where_it_is_refused(checkout: Checkout) -> None:
    configuration = checkout.project.policy_pack / "config" / f"{STACK}.json"
    aside = configuration.rename(configuration.with_suffix(".aside"))
    try:
        reported = checkout.on_stack("policy")
    finally:
        aside.rename(configuration)
    assert reported.code == FAILED
    assert f"policies/config/{STACK}.json does not exist" in reported.err


@pytest.mark.parametrize("option", ["--sarif", "--junit"])
@pytest.mark.parametrize("path", ["", "missing/report", "file/report"])
def test_a_file_that_cannot_be_written_is_refused_before_the_program_runs(
    checkout: Checkout, tmp_path: Path, option: str, path: str
) -> None:
    (tmp_path / "file").write_text("text")
    refusal = checkout.on_stack("policy", option, str(tmp_path / path))
    assert (refusal.code, refusal.out) == (BAD_INPUT, "")
    assert refusal.is_plain
    assert refusal.err.startswith(f"error: {tmp_path / path}: cannot be written: ")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_one_file_for_both_formats_is_refused(checkout: Checkout, tmp_path: Path) -> None:
    file = str(tmp_path / "report")
    refusal = checkout.on_stack("policy", "--sarif", file, "--junit", file)
    assert (refusal.code, refusal.out) == (BAD_INPUT, "")
    assert "used for both formats" in refusal.err
    assert not list(tmp_path.iterdir())
