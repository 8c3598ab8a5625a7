"""The collector's filter, in Ruby: it masks what Python masks."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from inferencectl.sandbox.images.ruby import ruby_command
from privacy.masking import Masker, load_rules, narrowed
from privacy.masking.masker import Json
from tests.made_images import why_no_images
from tests.privacy.planted import nothing_personal, planted
from tests.privacy.ruby import FILTER, masked_by_ruby, run_ruby

GOLDEN = yaml.safe_load((Path(__file__).parent / "golden_masking.yaml").read_text(encoding="utf-8"))
SPELT = {"ensure_ascii": False, "separators": (",", ":")}
# What json.loads and a collector take for the same text.
LINES = {
    "an object": ('{"email":"x","note":"call 13812345678"}', '{"email":"[masked]","note":"call [phone]"}'),
    "an object without any": ('{ "a" : 1.10 }', '{ "a" : 1.10 }'),
    "text": ("Mail jane.doe@example.com now.", "Mail [email] now."),
    "an object that was cut off": ('{"note":"jane.doe@example.com","b":"4111 1111', '{"note":"[email]","b":"4111 1111'),
    "an escape that is half a character": ('{"a":"\\ud83d jane.doe@example.com"}', None),
}


@pytest.fixture(scope="module")
def ruby() -> list[str]:
    if reason := why_no_images():
        pytest.skip(reason)
    return ruby_command(lambda _message: None)


def lines_of(records: list[Any]) -> list[dict[str, str]]:
    return [{"log": json.dumps(each, **SPELT), "stream": "stdout"} for each in records]


def test_the_recorded_values_are_masked_as_recorded(ruby: list[str]) -> None:
    assert masked_by_ruby(ruby, [case["in"] for case in GOLDEN]) == [case["out"] for case in GOLDEN]


def test_the_filter_masks_the_recorded_values_as_recorded(ruby: list[str]) -> None:
    """Each is part of a line that a container writes, which is masked with all else that the record has kept."""
    filtered = masked_by_ruby(ruby, lines_of([{"of": case["in"]} for case in GOLDEN]), FILTER)
    assert [json.loads(each["log"])["of"] for each in filtered] == [case["out"] for case in GOLDEN]
    assert {each["stream"] for each in filtered} == {"stdout"}


def test_both_languages_mask_the_same_of_made_up_records(ruby: list[str]) -> None:
    random = Random(17)  # noqa: S311 - makes test data
    records = [planted(random)[0] for _ in range(1500)] + [nothing_personal(random) for _ in range(500)]
    masker = Masker(load_rules())
    assert masked_by_ruby(ruby, records) == [masker.mask(record) for record in records]


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_any_form_is_kept_and_masked(ruby: list[str], line: str) -> None:
    given, expected = LINES[line]
    (found,) = masked_by_ruby(ruby, [{"log": given}], FILTER)
    assert "jane" not in found["log"]
    assert expected in (None, found["log"])


def test_rules_of_a_stack_are_the_same_in_both_languages(ruby: list[str], tmp_path: Path) -> None:
    rules = narrowed(["email"], ["memberno"])
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    value: Json = {"Member No.": 7, "phone": "1", "note": "jane.doe@example.com, 13812345678, 4111 1111 1111 1111"}
    expected = {"Member No.": "[masked]", "phone": "[masked]", "note": "[email], 13812345678, 4111 1111 1111 1111"}
    assert Masker(load_rules(tmp_path / "rules.yaml")).mask(value) == expected
    assert masked_by_ruby(ruby, [value], rules=rules) == [expected]


def test_what_cannot_be_masked_is_not_kept_and_not_in_the_log(ruby: list[str]) -> None:
    """Rules without patterns stand for an error that nobody has thought of."""
    broken = FILTER.replace("$stdin.each_line", "filter.instance_variable_set(:@masker, nil)\n  $stdin.each_line")
    result = run_ruby(ruby, broken, [json.dumps([{"log": "jane.doe@example.com"}])])
    assert json.loads(result.stdout) == [{"log": "[not masked, and not kept]"}]
    assert "NoMethodError" in result.stderr
    assert "jane" not in result.stdout + result.stderr
