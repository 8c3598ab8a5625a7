"""The policies' results as JUnit XML: a suite for each theme, a case for each rule at each resource."""

import re
from itertools import groupby

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.judgements import Judgement, Result, judgements
from inferencectl.policy_check.verdict import Examination
from inferencectl.program.recording import Recording

_NO_XML_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(examination: Examination) -> str:
    """The XML text: violations are failures, what cannot be known yet is skipped, advice is a case's output.

    A rule that judged nothing has no case: it has not passed.
    """
    recording = examination.verdict.recording
    report = JUnitXml(f"policies of {recording.stack}")
    by_theme = sorted(judgements(examination), key=lambda judgement: judgement.rule.theme)
    for theme, judged in groupby(by_theme, key=lambda judgement: judgement.rule.theme):
        suite = TestSuite(theme)
        suite.add_testcases([_case(judgement, recording) for judgement in judged])
        report.add_testsuite(suite)
    return report.tostring().decode()


def _case(judgement: Judgement, recording: Recording) -> TestCase:
    rule = judgement.rule
    case = TestCase(name=_text(recording.title_of(judgement.urn)), classname=f"{rule.id} {rule.title}", time=0)
    details = _text("\n\n".join(map(_details, judgement.findings)))
    match judgement.result:
        case Result.FAILED:
            case.result = [_with_text(Failure(rule.title, rule.severity), details)]
        case Result.UNKNOWN:
            case.result = [_with_text(Skipped("cannot be known before the deployment"), details)]
        case Result.ADVICE | Result.EXEMPT:
            case.system_out = details
    return case


def _details(finding: Finding) -> str:
    lines = {
        "field": finding.field,
        "found": finding.found,
        "remedy": finding.remedy,
        "exempt": str(finding.exemption or ""),
    }
    return "\n".join(f"{name}: {value}" for name, value in lines.items() if value)


def _with_text(result: Failure | Skipped, text: str) -> Failure | Skipped:
    result.text = text
    return result


def _text(text: str) -> str:
    return _NO_XML_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)
