"""The mapping from rules to controls."""

from catalogue import RULES
from controls import CONTROLS


def test_every_rule_and_no_other_has_an_entry() -> None:
    assert CONTROLS.keys() == RULES.keys()


def test_only_operational_rules_serve_no_control() -> None:
    assert {rule for rule, controls in CONTROLS.items() if not controls} == {"M02", "M03", "M04"}
