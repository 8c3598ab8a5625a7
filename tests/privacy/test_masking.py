"""Masking: what is found in made-up records, what is wrongly found, and every way to hide it that is covered."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.masking import Masker, load_rules
from privacy.masking.folding import fold
from privacy.masking.masker import DEEPEST, TOO_DEEP
from privacy.masking.rules import Pattern, Rules
from tests.privacy.planted import KINDS, nothing_personal, planted

MASKER = Masker(load_rules())


class Unhurried(Rules):
    """Rules by which every pattern is looked for in every text."""

    def finds_nothing(self, text: str) -> bool:
        return not text


UNHURRIED = Masker(Unhurried(**{**vars(load_rules()), "plain": re.compile("(?!)")}))
GOLDEN = yaml.safe_load((Path(__file__).parent / "golden_masking.yaml").read_text(encoding="utf-8"))
RECORDS = 10_000


@pytest.mark.parametrize("case", GOLDEN, ids=[str(case["is"]) for case in GOLDEN])
def test_a_recorded_value_is_masked_as_recorded(case: dict[str, Any]) -> None:
    assert MASKER.mask(case["in"]) == case["out"]


def test_all_personal_data_in_ten_thousand_records_is_gone_and_nothing_else() -> None:
    random = Random(16)  # noqa: S311 - makes test data
    for _ in range(RECORDS):
        record, secret, mask = planted(random)
        spelt = json.dumps(MASKER.mask(record), ensure_ascii=False)
        assert secret not in spelt, record
        assert mask in spelt, record


def test_records_without_personal_data_stay_as_they_are() -> None:
    """None of ten thousand is changed: the share of wrong masks that docs/privacy.md states."""
    random = Random(61)  # noqa: S311 - makes test data
    changed = [record for _ in range(RECORDS) if MASKER.mask(record := nothing_personal(random)) != record]
    assert changed == []


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.text("abcxyz", min_size=1, max_size=3)
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))


ENCODINGS = {
    "plain": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "every character as percent": lambda text: "".join(
        f"%{ord(each):02x}" if each.isascii() else each for each in text
    ),
    "escapes of JSON": lambda text: "".join(f"\\u{ord(each):04x}" if each.isascii() else each for each in text),
    "full width": lambda text: "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text),
    "JSON in JSON": lambda text: json.dumps({"a": [json.dumps({"b": text})]}),
    "other hyphens and spaces": lambda text: text.replace("-", "\u2011").replace(" ", "\u00a0"),
}


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(list(KINDS)), st.sampled_from(list(ENCODINGS)), st.randoms(use_true_random=False))
def test_no_encoding_and_no_nesting_hides_anything(
    data: st.DataObject, mask: str, encoding: str, random: Random
) -> None:
    plain = KINDS[mask](random)
    if encoding in ("percent", "every character as percent"):
        # Without its other characters, an address may be none.
        mask = mask if plain.isascii() else ""
        plain = plain.encode("ascii", "ignore").decode()
    secret = ENCODINGS[encoding](plain)
    value = data.draw(
        nested(st.just(secret)).filter(lambda found: secret in json.dumps(found, ensure_ascii=False) or found == secret)
    )
    spelt = json.dumps(MASKER.mask(value), ensure_ascii=False)
    assert mask in spelt
    assert plain not in spelt


@settings(max_examples=200, deadline=None)
@given(nested(st.none() | st.booleans() | st.integers() | st.floats() | st.text()))
def test_a_masked_value_is_not_masked_again(value: Any) -> None:
    once = MASKER.mask(value)
    assert json.dumps(MASKER.mask(once)) == json.dumps(once)


@given(st.text(max_size=60))
def test_text_around_personal_data_stays(text: str) -> None:
    quiet = "".join(each for each in text if each.isalpha() and each.isascii())
    assert MASKER.text(f"{quiet} (anna@example.com) {quiet}") == f"{quiet} ([email]) {quiet}"


def test_what_is_too_deep_to_be_looked_at_is_not_kept() -> None:
    value: Any = "anna@example.com"
    for _ in range(DEEPEST + 1):
        value = [value]
    assert TOO_DEEP in json.dumps(MASKER.mask(value))
    assert "anna" not in json.dumps(MASKER.mask(value))
    assert MASKER.mask("[" * 100_000) in ("[" * 100_000, TOO_DEEP)


def test_base64_is_not_looked_into() -> None:
    """What docs/privacy.md says is not covered."""
    assert MASKER.mask("YW5uYUBleGFtcGxlLmNvbQ==") == "YW5uYUBleGFtcGxlLmNvbQ=="


def test_fields_of_one_record_whose_names_are_masked_alike_are_all_kept() -> None:
    assert MASKER.mask({"a@example.com": 1, "b@example.com": 2}) == {"[email]": 1, "[email]#2": 2}


@pytest.mark.parametrize("pattern", load_rules().patterns, ids=lambda pattern: pattern.name)
def test_a_quick_look_misses_nothing_that_a_pattern_finds(pattern: Pattern) -> None:
    """Texts of every form that the expression allows, in others: none of them is passed over unread."""
    rules = load_rules()

    @settings(max_examples=100, deadline=None)
    @given(st.from_regex(pattern.expression), st.sampled_from(["", "a ", "id=", "2026-11-29T10:00:00Z "]))
    def looked_at(found: str, before: str) -> None:
        text = fold(f"{before}{found} end", rules.fold)
        if any(each.mask and each.expression.search(text) for each in rules.patterns):
            assert not rules.finds_nothing(text)
            assert MASKER.text(text) == UNHURRIED.text(text)

    looked_at()


def test_what_is_kept_unread_would_be_kept() -> None:
    """A digest can hold any digits; the patterns keep it as well."""

    @settings(max_examples=300, deadline=None)
    @given(st.from_regex(load_rules().plain, fullmatch=True))
    def kept(text: str) -> None:
        assert UNHURRIED.text(text) == text

    kept()
