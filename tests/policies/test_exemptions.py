"""Exemptions: what they allow, for how long, and what becomes of those that nobody needs (X01)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.finding import Finding
from inferencectl.workspace.errors import SandboxError
from tests.policies.manifests import UNKNOWN, changed, resources, stack

Start = Callable[[dict[str, Any]], Analyzer]

TODAY = datetime.now(UTC).date()
EXPOSED = {**stack(), "service": changed(stack()["service"], "spec type", "NodePort")}
OPEN = {name: manifest for name, manifest in stack().items() if name != "default-deny"}
UNFIT = {"rule": "N08", "resource": "Service/models/service", "reason": "The edge has no gateway yet."}


def exemption(days: int = 0, **changes: str) -> dict[str, str]:
    return {**UNFIT, "owner": "edge team", "expires": str(TODAY + timedelta(days=days)), **changes}


def reported(configured: Start, manifests: dict[str, Any], *exemptions: dict[str, str]) -> list[Finding]:
    own = {"regions": ["eu-central-1"], "encryptedStorageClasses": ["encrypted"], "exemptions": list(exemptions)}
    return list(configured({"rules": own}).analyze(resources(manifests)))


def test_an_exempt_violation_is_reported_and_stops_nothing(configured: Start) -> None:
    (finding,) = reported(configured, EXPOSED, exemption())
    assert (finding.rule, finding.level, finding.found) == ("N08", "advisory", '"NodePort"')
    assert str(finding.exemption) == f"until {TODAY}, edge team: The edge has no gateway yet."
    assert finding.remedy.startswith("Set spec.type")


def test_a_stack_rule_can_be_exempt(configured: Start) -> None:
    excused = exemption(rule="N01", resource="Namespace/models")
    findings = reported(configured, OPEN, excused)
    assert {(finding.rule, finding.level) for finding in findings} == {("N01", "advisory")}
    assert all(finding.exemption for finding in findings)


@pytest.mark.parametrize("expires", [str(TODAY - timedelta(days=1)), "2026-02-30", "next week"])
def test_an_expired_exemption_exempts_nothing_and_is_a_violation(configured: Start, expires: str) -> None:
    findings = reported(configured, EXPOSED, exemption(expires=expires))
    assert [(finding.rule, finding.level) for finding in findings] == [("N08", "mandatory"), ("X01", "mandatory")]
    assert findings[1].field == "exemptions[0].expires"


def test_it_names_one_rule_and_one_resource(configured: Start) -> None:
    others = (exemption(rule="N05"), exemption(resource="Service/models/other"))
    findings = reported(configured, EXPOSED, *others)
    assert [finding.rule for finding in findings if finding.level == "mandatory"] == ["N08"]


def test_an_unused_exemption_is_reported(configured: Start) -> None:
    (finding,) = reported(configured, stack(), exemption())
    assert (finding.rule, finding.level, finding.field) == ("X01", "advisory", "exemptions[0].resource")
    assert finding.found == "Service/models/service does not break N08"


def test_one_that_may_be_needed_is_not_unused(configured: Start) -> None:
    unknown = {**stack(), "service": changed(stack()["service"], "spec type", UNKNOWN)}
    assert [finding.rule for finding in reported(configured, unknown, exemption())] == ["N08"]


def test_an_unknown_rule_is_a_violation(configured: Start) -> None:
    findings = reported(configured, EXPOSED, exemption(rule="N99"))
    assert ("X01", "exemptions[0].rule", "N99") in {(each.rule, each.field, each.found) for each in findings}


@pytest.mark.parametrize("missing", ["rule", "resource", "reason", "owner", "expires"])
def test_it_names_everything_that_it_must(configured: Start, missing: str) -> None:
    incomplete = {key: value for key, value in exemption().items() if key != missing}
    with pytest.raises(SandboxError, match=missing):
        reported(configured, EXPOSED, incomplete)


@pytest.mark.parametrize("change", [{"reason": "because"}, {"owner": ""}, {"resource": "service"}, {"rule": "any"}])
def test_it_says_something(configured: Start, change: dict[str, str]) -> None:
    with pytest.raises(SandboxError):
        reported(configured, EXPOSED, {**exemption(), **change})
