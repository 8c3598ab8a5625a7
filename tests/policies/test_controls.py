"""The mapping from rules to controls."""

from catalogue import RULES
from controls import CONTROLS, Standard


def test_every_rule_and_no_other_has_an_entry() -> None:
    assert CONTROLS.keys() == RULES.keys()


def test_only_operational_rules_serve_no_control() -> None:
    assert {rule for rule, controls in CONTROLS.items() if not controls} == {"M02", "M03", "M04"}


def test_what_is_judgement_is_marked() -> None:
    standards = {control.standard for controls in CONTROLS.values() for control in controls}
    assert standards == set(Standard)
    judged = {control.standard for controls in CONTROLS.values() for control in controls if control.is_judgement}
    assert judged == {Standard.ISO_27001, Standard.GBT_22239, Standard.GDPR}


def test_no_control_is_named_twice_for_a_rule() -> None:
    assert [rule for rule, controls in CONTROLS.items() if len(set(controls)) != len(controls)] == []
