"""The pack's account of itself: every rule, its level, its controls, and what it judged, over the real protocol."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalogue import RESOURCE_RULES, RULES
from controls import CONTROLS
from describe import THEMES
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.catalogue import Rule
from inferencectl.workspace.errors import SandboxError
from tests.policies import object_breaks, pod_breaks, stack_breaks
from tests.policies.break_ import Break
from tests.policies.manifests import UNKNOWN, changed, resource, resources, stack
from tests.policies.test_exemptions import exemption
from tests.policies.test_policy_pack import FOREIGN, write_pack

Start = Callable[[dict[str, Any]], Analyzer]

LABEL = "spec template metadata labels app.kubernetes.io/component"
BREAKS = (*pod_breaks.VIOLATIONS, *object_breaks.VIOLATIONS, *stack_breaks.VIOLATIONS)
EXAMPLES = {change.rules.split()[0]: change for change in BREAKS}
MESH = {"authentication", "deny", "allow", "destination", "virtual", "istio", "telemetry", "entry", "envoy"}


def catalogue(analyzer: Analyzer, manifests: dict[str, Any]) -> dict[str, Rule]:
    subjects = resources(manifests)
    analyzer.analyze(subjects)
    return {rule.id: rule for rule in analyzer.catalogue(subjects)}


def names(rule: Rule) -> set[str]:
    return {urn.rpartition("::")[2] for urn in rule.judged}


@pytest.fixture(scope="module")
def compliant(strict: Analyzer) -> dict[str, Rule]:
    return catalogue(strict, stack())


def test_every_rule_tells_what_the_pack_holds(compliant: dict[str, Rule]) -> None:
    assert compliant.keys() == RULES.keys()
    for rule in compliant.values():
        own = RULES[rule.id]
        assert (rule.title, rule.severity, rule.level, rule.remedy) == (own.title, own.severity, own.level, own.remedy)
        assert rule.theme == THEMES[rule.id[0]]
        assert rule.about
        reported = [(control.standard, control.id, control.judgement) for control in rule.controls]
        assert reported == [(control.standard, control.id, control.is_judgement) for control in CONTROLS[rule.id]]


@pytest.mark.parametrize("change", EXAMPLES.values(), ids=str)
def test_what_a_rule_finds_something_in_it_has_judged(strict: Analyzer, change: Break) -> None:
    subjects = resources(change.manifests())
    findings = strict.analyze(subjects)
    judged = {rule.id: rule.judged for rule in strict.catalogue(subjects)}
    assert set(change.rules.split()) <= {finding.rule for finding in findings}
    assert all(finding.urn in judged[finding.rule] for finding in findings)


def test_every_rule_has_an_example() -> None:
    assert EXAMPLES.keys() == RULES.keys() - {"M11", "S04", "X01"}


def test_kinds_are_reported_and_nothing_else_is_judged(compliant: dict[str, Rule]) -> None:
    assert compliant["N08"].about == ("core/Service",)
    assert names(compliant["N08"]) == {name for name, each in stack().items() if each["kind"] == "Service"}
    assert compliant["P01"].judged == compliant["P16"].judged
    assert "models" not in names(compliant["P19"])
    assert names(compliant["M03"]) == {"server"}


def test_a_pod_that_serves_no_model_was_not_judged_as_one(strict: Analyzer) -> None:
    reported = catalogue(strict, {**stack(), "server": changed(stack()["server"], LABEL, "gateway")})
    of_models = ("M03", "M06", "M07", "M08", "M09", "M10", "S03")
    assert [rule for rule in of_models if "server" in names(reported[rule])] == []
    assert "server" in names(reported["P01"])


@pytest.mark.parametrize(
    "path",
    ["spec replicas", "spec template spec containers", "spec template spec topologySpreadConstraints", "spec strategy"],
)
def test_a_malformed_pod_of_no_model_is_no_business_of_rules_on_models(strict: Analyzer, path: str) -> None:
    other = changed(changed(stack()["server"], LABEL, "gateway"), path, "nonsense")
    subjects = resources({**stack(), "server": other})
    findings = strict.analyze(subjects)
    judged = {rule.id: rule.judged for rule in strict.catalogue(subjects)}
    assert all(finding.urn in judged[finding.rule] for finding in findings)


def test_a_namespace_of_the_system_was_not_judged(configured: Start) -> None:
    own = {"systemNamespaces": {"models": "Run by the platform team."}}
    odd = changed(stack()["models"], "metadata labels pod-security.kubernetes.io/enforce-version", "newest")
    subjects = resources({**stack(), "models": odd})
    analyzer = configured({"rules": own})
    findings = analyzer.analyze(subjects)
    (rule,) = (rule for rule in analyzer.catalogue(subjects) if rule.id == "P18")
    assert rule.judged == ()
    assert "P18" not in {finding.rule for finding in findings}


def test_no_rule_of_the_pack_is_about_everything(compliant: dict[str, Rule]) -> None:
    assert all(len(rule.judged) < len(stack()) for rule in compliant.values())


def test_what_the_stack_has_not_was_not_judged(strict: Analyzer) -> None:
    inside = "metadata labels istio-injection"
    plain = {name: manifest for name, manifest in stack().items() if name not in MESH}
    reported = catalogue(strict, {**plain, "models": changed(plain["models"], inside, "")})
    assert {rule: reported[rule].judged for rule in ("N03", "N04", "N06", "X01")} == dict.fromkeys(
        ("N03", "N04", "N06", "X01"), ()
    )


def test_what_is_not_known_yet_was_judged(strict: Analyzer) -> None:
    unknown = {**stack(), "server": changed(stack()["server"], LABEL, UNKNOWN)}
    reported = catalogue(strict, unknown)
    assert "server" in names(reported["M03"]) & names(reported["S03"])


def test_the_stacks_configuration_decides(configured: Start) -> None:
    levels = {"P16": "disabled", "M01": "advisory"}
    reported = catalogue(configured({"rules": {"levels": levels, "production": False}}), stack())
    assert {rule: reported[rule].level for rule in levels} == levels
    assert reported["P16"].judged == reported["M11"].judged == reported["D02"].judged == reported["D08"].judged == ()
    assert reported["M01"].judged


def test_under_baseline_no_rule_serves_the_restricted_standard(configured: Start) -> None:
    reported = catalogue(configured({"rules": {"podSecurity": "baseline"}}), stack())
    assert reported.keys() == RULES.keys() - {"P12", "P13", "P15"}
    assert reported["P11"].title != RESOURCE_RULES["P11"].title
    assert not any("restricted" in control.standard for rule in reported.values() for control in rule.controls)


def test_exemptions_are_judged_where_there_are_any(configured: Start) -> None:
    reported = catalogue(configured({"rules": {"exemptions": [exemption()]}}), stack())
    assert reported["X01"].judged == ("",)


def test_the_pack_judges_on_as_before(configured: Start) -> None:
    analyzer = configured({})
    broken = [resource(changed(stack()["service"], "spec type", "NodePort"))]
    before = analyzer.analyze(broken)
    assert before
    analyzer.catalogue(broken)
    assert analyzer.analyze(broken) == before


@pytest.mark.parametrize("policy", ["rules", "advice", "stack-rules", "stack-advice"])
def test_a_pack_that_was_kept_from_judging_tells_nothing(configured: Start, policy: str) -> None:
    analyzer = configured({policy: "disabled"})
    with pytest.raises(SandboxError, match=f"{policy} is disabled") as refused:
        analyzer.catalogue([])
    assert refused.value.exit_code == 2


def test_a_pack_without_a_catalogue_says_so(tmp_path: Path) -> None:
    pack = write_pack(tmp_path, FOREIGN.format(body="pass"))
    with Analyzer(pack, "inference", "dev") as analyzer, pytest.raises(SandboxError, match="no policy 'catalogue'"):
        analyzer.catalogue([])
