"""The compliance report: it says of each control what a real run of the policies found, and never more."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from inferencectl.compliance.pages import escaped, html, markdown
from inferencectl.compliance.report import ControlReport, Report, RuleReport, Status, report_of
from inferencectl.compliance.standards import standards
from inferencectl.policy_check.judgements import Result
from inferencectl.program.recording import Resource
from inferencectl.workspace.errors import BAD_INPUT
from tests.inferencectl.checkout import STACK, Checkout
from tests.inferencectl.policy_check.judged_stack import JudgedStack
from tests.policies.manifests import UNKNOWN, changed

SERVER = "spec template spec containers 0"
CONTEXT = f"{SERVER} securityContext"
TOMORROW = str(datetime.now(UTC).date() + timedelta(days=1))
EXEMPTION = {
    "rule": "D10",
    "resource": "PersistentVolumeClaim/models-prod/bert-models",
    "reason": "Restored | from <script>alert(1)</script> storage.",
    "owner": "platform team",
    "expires": TOMORROW,
}
GBT, ISO, GDPR, CIS = "GB/T 22239-2019 level 3", "ISO/IEC 27001:2022 Annex A", "GDPR", "CIS Kubernetes Benchmark v1.12"
BASELINE = "Kubernetes Pod Security Standards 1.35, baseline"


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> JudgedStack:
    return JudgedStack.copied_to(tmp_path_factory.mktemp("prod"))


@pytest.fixture(scope="module")
def report(prod: JudgedStack) -> Report:
    """What the committed stack gets."""
    return report_of(prod.project, prod.examined())


def with_value(path: str, value: Any) -> Any:
    def change(resource: Resource) -> Resource:
        return replace(resource, inputs=changed(resource.inputs, path, value))

    return change


@pytest.fixture(scope="module")
def broken(prod: JudgedStack) -> Report:
    """One privileged container, one whose capabilities are not known yet, an exemption, a rule switched off."""
    stack = prod.with_resource("mnist-v1-servers", with_value(f"{CONTEXT} privileged", True))
    stack = stack.with_resource("iris-v1-servers", with_value(f"{CONTEXT} allowPrivilegeEscalation", UNKNOWN))
    own = {"exemptions": [EXEMPTION], "levels": {"P16": "disabled"}}
    return report_of(prod.project, stack.examined(own))


def control(report: Report, standard: str, number: str) -> ControlReport:
    (found,) = (each for each in report.standards if each.standard.name == standard)
    (match,) = (each for group in found.groups for each in group.controls if each.control.id == number)
    return match


def rule(report: Report, number: str) -> RuleReport:
    (found,) = (each for each in report.rules if each.rule.id == number)
    return found


def test_every_standard_is_reported_with_every_control(report: Report) -> None:
    reported = [[each.control for group in standard.groups for each in group.controls] for standard in report.standards]
    assert reported == [list(standard.controls) for standard in standards()]
    assert all(sum(each.counts.values()) == len(each.standard.controls) for each in report.standards)


def test_the_committed_stack_fails_no_control(report: Report) -> None:
    assert {standard.counts[Status.FAILED] for standard in report.standards} == {0}
    assert control(report, BASELINE, "privileged").status is Status.PASSED


def test_a_violation_fails_every_control_of_its_rule(report: Report, broken: Report) -> None:
    served = rule(broken, "P01").rule.controls
    assert {each.standard for each in served} >= {GBT, ISO, CIS, BASELINE}
    for each in served:
        assert control(report, each.standard, each.id).status is not Status.FAILED
        assert control(broken, each.standard, each.id).status is Status.FAILED
    assert control(broken, GDPR, "32").status is not Status.FAILED


def test_one_broken_resource_is_one_that_failed(report: Report, broken: Report) -> None:
    before, after = rule(report, "P01"), rule(broken, "P01")
    assert before.results == {Result.PASSED: len(before.rule.judged)}
    assert after.results == {Result.PASSED: len(before.rule.judged) - 1, Result.FAILED: 1}
    (finding,) = after.findings
    assert finding.urn.endswith("::mnist-v1-servers")
    assert finding.field.endswith("securityContext.privileged")


def test_what_cannot_be_known_is_reported_as_such(broken: Report) -> None:
    assert rule(broken, "P12").results[Result.UNKNOWN] == 1
    assert control(broken, CIS, "5.2.6").status is Status.UNKNOWN


def test_an_exemption_is_no_pass(broken: Report) -> None:
    reported = rule(broken, "D10")
    assert reported.results[Result.EXEMPT] == 1
    (finding,) = (finding for finding in reported.findings if finding.exemption)
    assert str(finding.exemption) == f"until {TOMORROW}, platform team: {EXEMPTION['reason']}"
    assert rule(broken, "X01").status is Status.PASSED


def test_a_rule_that_judged_nothing_makes_nothing_pass(report: Report) -> None:
    audit = rule(report, "D05")
    assert (audit.rule.judged, audit.status) == ((), Status.NOT_APPLICABLE)
    assert control(report, CIS, "3.2.1").status is Status.NOT_APPLICABLE
    for standard in report.standards:
        for group in standard.groups:
            for each in group.controls:
                if each.status is Status.PASSED:
                    assert any(rule.results[Result.PASSED] for rule in each.rules)


def test_a_rule_that_is_switched_off_is_reported_and_passes_nothing(broken: Report) -> None:
    assert (rule(broken, "P16").status, rule(broken, "P16").rule.judged) == (Status.OFF, ())
    assert control(broken, ISO, "8.9").status is Status.OFF


def test_every_result_is_of_a_resource_that_was_judged(broken: Report) -> None:
    for each in broken.rules:
        assert sum(each.results.values()) == len(each.rule.judged)
    reported = Counter(finding.rule for each in broken.rules for finding in each.findings)
    assert reported["P01"] == reported["P12"] == 1


def test_a_control_without_a_rule_says_why(report: Report) -> None:
    assert control(report, ISO, "7.1").reason == "physical"
    assert control(report, CIS, "1.1.1").reason == "provider"
    assert control(report, GDPR, "17").reason == "planned G5"
    assert control(report, CIS, "5.2.2").reason == ""


def test_under_baseline_the_restricted_standard_has_no_rule(prod: JudgedStack) -> None:
    reported = report_of(prod.project, prod.examined({"podSecurity": "baseline"}))
    (restricted,) = (each for each in reported.standards if each.standard.key == "pod-security-restricted")
    assert restricted.counts == {Status.NO_RULE: len(restricted.standard.controls)}
    assert control(reported, restricted.standard.name, "runAsUser").reason == "configuration"


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_and_needs_nothing_else(broken: Report) -> None:
    page = _Page(html(broken))
    assert page.open == []
    assert page.tags["script"] == page.tags["img"] == page.tags["link"] == 0
    assert Counter(page.ids).most_common(1)[0][1] == 1
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_what_people_wrote_stays_text(broken: Report) -> None:
    assert EXEMPTION["reason"] in _Page(html(broken)).text
    assert "<script" not in html(broken)
    assert r"Restored \| from \<script\>alert(1)\</script\> storage." in markdown(broken)


def test_the_markdown_tables_have_as_many_cells_as_their_head(broken: Report) -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", markdown(broken), re.MULTILINE)
    assert len(tables) > len(broken.standards)
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table


def test_markdown_is_escaped_in_one_line() -> None:
    assert escaped("a|b\n*c* <d>") == r"a\|b \*c\* \<d\>"


@pytest.mark.parametrize("page", [html, markdown], ids=["html", "markdown"])
def test_the_pages_tell_where_they_are_from_and_what_they_are_not(broken: Report, page: Any) -> None:
    text = re.sub(r"\\(.)", r"\1", page(broken))
    for reported in ("not a certificate", "project&#39;s own judgement", broken.pack_version, broken.revision, "prod"):
        assert reported in text or reported.replace("&#39;", "'") in text
    for standard in broken.standards:
        assert standard.standard.name in text
    assert "物理位置选择" in text
    assert f"{broken.made:%Y-%m-%d}" in text


def test_only_pairings_that_are_judged_are_shown_as_judgement(report: Report) -> None:
    judged = {each.standard.name for each in report.standards if each.is_judgement}
    assert judged == {GBT, ISO, GDPR}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.copied_to(tmp_path_factory.mktemp("compliance"))


def test_the_command_writes_both_pages_and_again_the_same(checkout: Checkout, tmp_path: Path) -> None:
    directory = tmp_path / "new" / "compliance"

    def written() -> list[str]:
        reported = checkout.on_stack("compliance", "--output", str(directory))
        assert reported.code == 0
        assert reported.is_plain, reported.err
        assert f"wrote {directory / STACK}.md and {directory / STACK}.html" in reported.out
        assert f"{CIS}: " in reported.out
        assert {path.name for path in directory.iterdir()} == {f"{STACK}.md", f"{STACK}.html"}
        return [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "", path.read_text()) for path in sorted(directory.iterdir())]

    assert written() == written()
    assert not checkout.sandboxes.exists()


def test_a_directory_that_cannot_be_written_is_refused_before_the_program_runs(
    checkout: Checkout, tmp_path: Path
) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("text")
    refusal = checkout.on_stack("compliance", "--output", str(file))
    assert (refusal.code, refusal.out) == (BAD_INPUT, "")
    assert refusal.is_plain, refusal.err
    assert refusal.err.startswith(f"error: {file}: cannot be written")
    assert file.read_text() == "text"
