"""The collector's filter, in Ruby: it masks what Python masks."""

from pathlib import Path
from random import Random

import pytest
import yaml

from privacy.masking import Masker, load_rules
from tests.made_images import why_no_images
from tests.privacy.planted import nothing_personal, planted
from tests.privacy.ruby import masked_by_ruby, ruby_command

GOLDEN = yaml.safe_load((Path(__file__).parent / "golden_masking.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def ruby() -> list[str]:
    if reason := why_no_images():
        pytest.skip(reason)
    return ruby_command(lambda _message: None)


def test_the_recorded_values_are_masked_as_recorded(ruby: list[str]) -> None:
    assert masked_by_ruby(ruby, [case["in"] for case in GOLDEN]) == [case["out"] for case in GOLDEN]


def test_both_languages_mask_the_same_of_made_up_records(ruby: list[str]) -> None:
    random = Random(17)  # noqa: S311 - makes test data
    records = [planted(random)[0] for _ in range(1500)] + [nothing_personal(random) for _ in range(500)]
    masker = Masker(load_rules())
    assert masked_by_ruby(ruby, records) == [masker.mask(record) for record in records]
