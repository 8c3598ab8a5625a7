"""The lists of controls: complete by the standards' own numbering, and in step with what the rules serve."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from controls import CONTROLS
from controls import Standard as Named
from inferencectl.compliance.standards import REASONS, Standard, standards

LISTED = {standard.name: standard for standard in standards()}
SERVED = {(each.standard.value, each.id) for controls in CONTROLS.values() for each in controls}

ISO_27001 = {"5": 37, "6": 8, "7": 14, "8": 34}
GDPR = {"": 99}
CIS = {
    "1.1": 21,
    "1.2": 30,
    "1.3": 7,
    "1.4": 2,
    "2": 7,
    "3.1": 3,
    "3.2": 2,
    "4.1": 10,
    "4.2": 14,
    "4.3": 1,
    "5.1": 13,
    "5.2": 12,
    "5.3": 2,
    "5.4": 2,
    "5.5": 1,
    "5.6": 4,
}
# The control points of the third level: ten areas of the general requirements, then the extensions for clouds, mobile
# internet, internet of things and industrial control systems.
GBT_22239 = {
    **dict(zip((f"8.1.{area}" for area in range(1, 11)), (10, 3, 6, 11, 4, 4, 5, 4, 10, 14), strict=True)),
    **dict(zip((f"8.2.{area}" for area in range(1, 8)), (1, 1, 3, 7, 1, 2, 1), strict=True)),
    **dict(zip((f"8.3.{area}" for area in range(1, 6)), (1, 3, 2, 2, 1), strict=True)),
    **dict(zip((f"8.4.{area}" for area in range(1, 5)), (1, 2, 4, 1), strict=True)),
    **dict(zip((f"8.5.{area}" for area in range(1, 6)), (1, 2, 3, 1, 2), strict=True)),
}
NUMBERED = {Named.ISO_27001: ISO_27001, Named.GDPR: GDPR, Named.CIS: CIS, Named.GBT_22239: GBT_22239}

every_standard = pytest.mark.parametrize("standard", LISTED.values(), ids=lambda standard: standard.key)


def numbers(chapters: dict[str, int]) -> Iterable[str]:
    for chapter, count in chapters.items():
        yield from (f"{chapter}.{number}".removeprefix(".") for number in range(1, count + 1))


def test_each_standard_of_the_pack_has_its_list() -> None:
    assert LISTED.keys() == set(Named)


@pytest.mark.parametrize("name", NUMBERED, ids=lambda name: name.name)
def test_a_numbered_standard_is_listed_without_a_gap_and_in_order(name: Named) -> None:
    assert [control.id for control in LISTED[name].controls] == list(numbers(NUMBERED[name]))


@pytest.mark.parametrize("name", [Named.PSS_BASELINE, Named.PSS_RESTRICTED], ids=lambda name: name.name)
def test_the_checks_of_pod_security_are_those_that_the_rules_serve(name: Named) -> None:
    assert {(name.value, control.id) for control in LISTED[name].controls} == {
        (standard, control) for standard, control in SERVED if standard == name
    }


def test_no_control_is_listed_twice() -> None:
    listed = Counter((standard.name, control.id) for standard in LISTED.values() for control in standard.controls)
    assert [each for each, count in listed.items() if count > 1] == []


def test_every_control_that_a_rule_serves_is_listed() -> None:
    listed = {(standard.name, control.id) for standard in LISTED.values() for control in standard.controls}
    assert listed >= SERVED


@every_standard
def test_a_control_has_rules_or_a_reason_why_there_are_none(standard: Standard) -> None:
    for control in standard.controls:
        assert bool(control.without) is ((standard.name, control.id) not in SERVED), control
        assert not control.without or control.without.split()[0] in REASONS.keys() - {"configuration"}, control
        assert control.title, control
        assert bool(control.chinese) is (standard.name == Named.GBT_22239), control


@every_standard
def test_what_is_planned_names_a_feature_that_is_not_done(standard: Standard) -> None:
    features = (Path(__file__).parents[2] / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
    for control in standard.controls:
        kind, _, feature = control.without.partition(" ")
        assert bool(feature) is (kind == "planned"), control
        if feature:
            (row,) = (line for line in features if line.startswith(f"| {feature} |"))
            assert "| done |" not in row, control
