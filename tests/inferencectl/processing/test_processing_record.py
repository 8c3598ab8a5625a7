"""The record of processing: what is declared, what the stack proves, and what is refused before it is written."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

import settings
from inferencectl.compliance.report import Report, report_of
from inferencectl.processing.declared import Declared, read_declared
from inferencectl.processing.record import record, require_complete
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Platform
from tests.components.logging_stack.kept_logs import LOGGING
from tests.inferencectl.policy_check.judged_stack import JudgedStack
from tests.settings.settings_stack import edited
from tests.settings.test_settings_logging import IMAGE, PERSONAL

DECLARED: dict[str, Any] = {
    "controller": {"name": "Shop | Ltd", "contact": "privacy@example.com"},
    "activities": [
        {
            "name": "Digits",
            "models": ["mnist"],
            "purposes": ["to read"],
            "subjects": ["customers"],
            "data": ["handwriting"],
            "recipients": ["the shop"],
            "transfers": [],
        }
    ],
}


def stack(**edits: Any) -> Platform:
    platform = settings.load(
        "dev", edited({**IMAGE, **PERSONAL, "logging": {**LOGGING, "retentionDays": 200}, **edits})
    )
    return platform.model_copy(update={"models": [each for each in platform.models if each.name == "mnist"]})


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    prod = JudgedStack.copied_to(tmp_path_factory.mktemp("prod"))
    return report_of(prod.project, prod.examined())


def test_it_has_what_the_article_asks_for(report: Report) -> None:
    written = record(Declared.model_validate(DECLARED), stack(), report)
    for row in (
        "| Purposes | to read |",
        "| Categories of data subjects | customers |",
        "| Categories of personal data | handwriting |",
        "| Recipients | the shop |",
        "| Regions of the data | eu-central-1 |",
        "| Transfers to third countries | none |",
        r"deleted 200 days after their day",
    ):
        assert row in written
    assert r"Controller: Shop \| Ltd, privacy@example.com" in written


def test_a_measure_is_what_a_rule_has_judged(report: Report) -> None:
    written = record(Declared.model_validate(DECLARED), stack(), report)
    states = {each.rule.id: each.status for each in report.rules}
    rows = [line.split(" | ") for line in written.splitlines() if line.startswith(("| N0", "| D0", "| R0"))]
    assert rows
    for first, _, state in rows:
        assert state.removesuffix(" |") == states[first.removeprefix("| ")] != "not applicable"


def test_without_logs_it_promises_no_erasure_of_them(report: Report) -> None:
    written = record(Declared.model_validate(DECLARED), stack().model_copy(update={"logging": None}), report)
    assert "the stack keeps no logs" in written


def test_every_model_with_personal_data_is_in_it_and_no_other() -> None:
    other = copy.deepcopy(DECLARED)
    other["activities"][0]["models"] = ["iris"]
    with pytest.raises(SandboxError) as caught:
        require_complete(Path("processing.yaml"), Declared.model_validate(other), stack())
    assert caught.value.exit_code == BAD_INPUT
    assert caught.value.message.splitlines() == [
        "processing.yaml: activities.0.models: 'iris' has no data of class personal; models that do: mnist",
        "processing.yaml: activities: model 'mnist' has data of class personal and is in none of them",
    ]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("purposes", None, "activities.0.purposes: missing"),
        ("subjects", [], "activities.0.subjects: []: "),
        ("data", [" "], "activities.0.data.0: ' ': "),
        ("transfers", None, "activities.0.transfers: missing"),
        ("transfers", [{"country": "Nowhere"}], "activities.0.transfers.0.safeguard: missing"),
        ("retention", 5, "activities.0.retention: unknown key"),
    ],
)
def test_what_is_not_declared_is_named(tmp_path: Path, key: str, value: Any, expected: str) -> None:
    given = copy.deepcopy(DECLARED)
    activity = given["activities"][0]
    activity[key] = value
    if value is None:
        del activity[key]
    path = tmp_path / "processing.yaml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    with pytest.raises(SandboxError) as caught:
        read_declared(path)
    assert f"{path}: {expected}" in caught.value.message
    assert caught.value.exit_code == BAD_INPUT


@pytest.mark.parametrize("content", [None, "[", b"\xff"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: str | bytes | None) -> None:
    path = tmp_path / "processing.yaml"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SandboxError, match=r"processing\.yaml: (cannot be read|is no YAML)"):
        read_declared(path)
