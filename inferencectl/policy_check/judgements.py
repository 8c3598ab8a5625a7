"""The result of each rule at each resource that it judged."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from inferencectl.policy_check.catalogue import Rule
from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.verdict import Examination


class Result(StrEnum):
    """A rule's result at one resource, worst first: of several findings the worst counts."""

    FAILED = "failed"
    UNKNOWN = "cannot be known"
    ADVICE = "advice"
    EXEMPT = "exempt"
    PASSED = "passed"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One rule at one resource (``urn``; empty for the stack itself), with what it found there."""

    rule: Rule
    urn: str
    findings: tuple[Finding, ...]

    @property
    def result(self) -> Result:
        """The worst of the findings; passed only where there is none."""
        results = {_result(finding) for finding in self.findings}
        return next((result for result in Result if result in results), Result.PASSED)


def judgements(examination: Examination) -> Iterator[Judgement]:
    """Every rule at every resource that it judged, in the order of the catalogue and of the resources."""
    found: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in examination.verdict.findings:
        found[finding.rule, finding.urn].append(finding)
    for rule in examination.rules:
        for urn in rule.judged:
            yield Judgement(rule=rule, urn=urn, findings=tuple(found.get((rule.id, urn), ())))


def _result(finding: Finding) -> Result:
    if finding.level == "mandatory":
        return Result.FAILED
    if finding.unknown:
        return Result.UNKNOWN
    return Result.EXEMPT if finding.exemption else Result.ADVICE
