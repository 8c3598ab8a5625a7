"""Keys that models are verified with: what is one, and on which days a stack may be deployed with it."""

from datetime import date, timedelta

import pytest

from configuration import Level
from inferencectl.policy_check.analyzer import Analyzer
from node import Path as Place
from rules.model_integrity import WARNED_AHEAD, in_its_days
from settings import Signing
from signing_keys import TrustedKey, trusted_keys
from tests.components.model_service.signing import PUBLIC_KEY
from tests.policies.break_ import Break
from tests.policies.manifests import SIGNATURE_KEY, resource
from tests.policies.pod_breaks import FETCH

TODAY = date(2026, 11, 29)
DAY = timedelta(days=1)


def found(strict: Analyzer, text: str) -> list[tuple[str, str, str]]:
    change = Break("S03", f"{FETCH} env 1 value", text)
    findings = strict.analyze_each([resource(change.manifest(), protect=True)])
    return [(finding.rule, str(finding.level), finding.found) for finding in findings]


def test_what_the_settings_write_is_read() -> None:
    keys = [{"name": "a", "publicKey": PUBLIC_KEY, "notBefore": "2026-01-01", "notAfter": "2027-06-30"}]
    (key,) = trusted_keys(Signing.model_validate({"keys": keys}).bundle)
    assert key == TrustedKey(name="a", not_before=date(2026, 1, 1), not_after=date(2027, 6, 30))
    assert [each.name for each in trusted_keys(PUBLIC_KEY.rstrip())] == [""]


@pytest.mark.parametrize(
    "text",
    [
        "",
        SIGNATURE_KEY + "-----BEGIN PRIVATE KEY-----\nMFkw\n-----END PRIVATE KEY-----\n",
        SIGNATURE_KEY + "notAfter: soon\n",
        SIGNATURE_KEY + "expires: 2027-01-01\n",
        f"# the key\n{SIGNATURE_KEY}",
    ],
    ids=["nothing", "a private key", "no day", "another word", "a comment"],
)
def test_what_is_no_list_of_public_keys_is_advice_to_sign(strict: Analyzer, text: str) -> None:
    assert [level for rule, level, _ in found(strict, text) if rule == "S03"] == [Level.ADVISORY]


def test_a_stack_with_a_key_past_its_last_day_is_refused_and_the_key_named(strict: Analyzer) -> None:
    text = f"{SIGNATURE_KEY}name: old\nnotAfter: 2001-12-31\n{SIGNATURE_KEY}name: new\nnotAfter: 2999-12-31\n"
    assert found(strict, text) == [("S03", "mandatory", "key 'old', whose last day was 2001-12-31")]


def test_a_key_that_is_not_valid_yet_is_told_and_stops_nothing(strict: Analyzer) -> None:
    text = f"{SIGNATURE_KEY}name: next\nnotBefore: 2999-01-01\n"
    assert found(strict, text) == [("S03", "advisory", "key 'next', valid from 2999-01-01 on")]


@pytest.mark.parametrize(
    ("first", "last", "levels"),
    [
        (None, None, []),
        (TODAY, TODAY + WARNED_AHEAD, []),
        (None, TODAY + WARNED_AHEAD - DAY, [Level.ADVISORY]),
        (None, TODAY, [Level.ADVISORY]),
        (None, TODAY - DAY, [None]),
        (TODAY + DAY, None, [Level.ADVISORY]),
        (TODAY, None, []),
    ],
)
def test_both_days_belong_to_the_time_of_a_key(first: date | None, last: date | None, levels: list[Level]) -> None:
    """None is the level of the rule, by which a deployment is stopped."""
    key = TrustedKey(name="a", not_before=first, not_after=last)
    assert [each.level for each in in_its_days(key, Place(), TODAY)] == levels
