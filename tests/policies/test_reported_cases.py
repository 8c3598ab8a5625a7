"""What was judged wrongly once is judged as it should be."""

from collections import Counter

import pytest

from inferencectl.policy_check.analyzer import Analyzer
from tests.policies.reported_cases import Case, cases

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_reported_case_is_judged_as_it_should_be(strict: Analyzer, case: Case) -> None:
    assert case.found(strict) == case.finds, f"{case.about}: {case.because}"


def test_all_of_them_are_here() -> None:
    assert Counter(case.id[0] for case in CASES) == {"F": 17, "G": 62}
    assert len({case.id for case in CASES}) == len(CASES)
