"""Canonical JSON and keyed digests."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from privacy.digests import KeyRing, Purpose, canonical
from privacy.digests.key_ring import read_key_ring
from privacy.errors import PrivacyError

OLD, NEW = b"o" * 32, b"n" * 32
RING = KeyRing(current="new", keys={"old": OLD, "new": NEW})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


# Source: appendix B of RFC 8785, https://www.rfc-editor.org/rfc/rfc8785
@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-1.7976931348623157e308, "-1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.33333325, "333333333.33333325"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_the_standard_has_them(number: float, text: str) -> None:
    assert canonical(number).decode() == text


def test_names_are_in_the_order_of_the_standard() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    found = json.loads(canonical(dict.fromkeys(names)))
    assert list(found) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@given(JSON)
def test_the_spelling_of_a_value_does_not_change_its_canonical_form(value: Any) -> None:
    spelt = json.dumps(value, indent=3, ensure_ascii=True, sort_keys=True)
    assert canonical(json.loads(spelt)) == canonical(value)
    assert canonical(json.loads(canonical(value))) == canonical(value)


def test_whole_numbers_are_equal_however_they_are_written_and_large_ones_stay_apart() -> None:
    assert canonical([1.0, 1e2]) == canonical([1, 100]) == b"[1,100]"
    assert canonical(2**53) != canonical(2**53 + 1)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_of_json_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no number of JSON"):
        canonical([value])


def test_a_digest_names_its_key_and_what_it_is_of() -> None:
    expected = hmac.new(NEW, b'input\n{"a":1}', hashlib.sha256).hexdigest()
    assert RING.digest(Purpose.INPUT, {"a": 1.0}) == f"new:{expected}"
    assert RING.digest(Purpose.OUTPUT, {"a": 1}) != f"new:{expected}"
    assert RING.digest(Purpose.INPUT, {"a": 1}, "old").startswith("old:")


def test_a_subject_has_a_digest_for_every_key_whichever_way_it_is_spelt() -> None:
    assert RING.subjects(" Anna@Example.com ") == RING.subjects("anna@example.com")
    assert [each.partition(":")[0] for each in RING.subjects("anna@example.com")] == ["new", "old"]
    assert not set(RING.subjects("anna@example.com")) & set(RING.subjects("bob@example.com"))


def test_a_key_that_is_gone_is_named() -> None:
    with pytest.raises(PrivacyError, match="made with key 2019"):
        RING.digest(Purpose.INPUT, 1, "2019")


def test_keys_are_read_and_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "keys.yaml"
    key = base64.b64encode(NEW).decode()
    path.write_text(yaml.safe_dump({"current": 2026, "keys": {2026: key}}))
    assert read_key_ring(path) == KeyRing(current="2026", keys={"2026": NEW})
    assert key not in repr(read_key_ring(path))
    assert "nnnn" not in repr(read_key_ring(path))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("current: a", "does not consist of current and keys"),
        ("current: b\nkeys: {a: " + base64.b64encode(NEW).decode() + "}", "current: b is not among the keys"),
        ("current: a\nkeys: {a: c2hvcnQ=}", "keys.a: has 5 bytes; expected 32 or more"),
        ("current: a\nkeys: {a: '!!'}", "keys.a: is not base64"),
        ("current: a\nkeys: {a: 17}", "keys.a: is not base64"),
        ("current: a b\nkeys: {a b: x}", "is no id of a key"),
        ("[", "is no YAML"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_keys_that_is_none_is_refused(tmp_path: Path, content: str | None, expected: str) -> None:
    path = tmp_path / "keys.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(PrivacyError, match=expected) as caught:
        read_key_ring(path)
    assert caught.value.bad_input
    assert str(path) in str(caught.value)
