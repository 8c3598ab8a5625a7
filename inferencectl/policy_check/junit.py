"""What the policy pack judged, as JUnit XML: a suite for each theme, a case for each rule at each resource."""

import re
from itertools import groupby

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from inferencectl.policy_check.judgements import Judgement, Result, judgements
from inferencectl.policy_check.verdict import Examination
from inferencectl.program.urns import readable

_NO_XML_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(examination: Examination) -> str:
    """The XML text: violations are failures, what cannot be known yet is skipped, advice is a case's output.

    A rule that judged nothing has no case: that nothing is wrong cannot be told of nothing.
    """
    report = JUnitXml(f"policies of {examination.verdict.recording.stack}")
    by_theme = sorted(judgements(examination), key=lambda judgement: judgement.rule.theme)
    for theme, judged in groupby(by_theme, key=lambda judgement: judgement.rule.theme):
        suite = TestSuite(theme)
        suite.add_testcases([_case(judgement) for judgement in judged])
        report.add_testsuite(suite)
    return report.tostring().decode()


def _case(judgement: Judgement) -> TestCase:
    rule = judgement.rule
    case = TestCase(name=_text(readable(judgement.urn)), classname=f"{rule.id} {rule.title}", time=0)
    told = _text("\n".join(finding.message for finding in judgement.findings))
    match judgement.result:
        case Result.FAILED:
            case.result = [_detailed(Failure(f"{rule.title}", rule.severity), told)]
        case Result.UNKNOWN:
            case.result = [_detailed(Skipped("it cannot be known before the deployment"), told)]
        case Result.ADVICE | Result.EXEMPT:
            case.system_out = told
    return case


def _detailed(result: Failure | Skipped, text: str) -> Failure | Skipped:
    result.text = text
    return result


def _text(text: str) -> str:
    return _NO_XML_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text)
