"""What the policies found, as SARIF 2.1.0: the form that code scanning takes.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inferencectl.policy_check.catalogue import Rule
from inferencectl.policy_check.finding import Finding, Severity
from inferencectl.policy_check.sources import Sources
from inferencectl.policy_check.verdict import Examination
from inferencectl.program.recording import Recording
from inferencectl.program.resource import SourcePosition

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"mandatory": "error", "advisory": "warning", "disabled": "none"}
# Forges sort by a CVSS score: 9 and more is critical, 7 high, 4 medium.
_SECURITY_SEVERITIES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
_MAKER = "The component makes the resource here."


def sarif(examination: Examination, sources: Sources, pack_version: str) -> Mapping[str, Any]:
    """The SARIF log of one run; a forge keeps the results of each stack apart by its ``automationDetails``."""
    verdict = examination.verdict
    driver = {
        "name": "inference platform policies",
        "semanticVersion": pack_version,
        "rules": [_rule(rule) for rule in examination.rules],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"policies/{verdict.recording.stack}/"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(verdict.findings, examination.rules, sources)),
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> Mapping[str, Any]:
    controls = [f"{control.standard}: {control.id}" for control in rule.controls]
    about = f"It applies to {', '.join(rule.about)}." if rule.about else ""
    help_lines = [*filter(None, (rule.remedy or rule.title, rule.why, about)), *(["It serves:"] if controls else [])]
    severity = {"security-severity": _SECURITY_SEVERITIES[rule.severity]} if rule.severity else {}
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": " ".join(filter(None, (f"{rule.title.removesuffix('.')}.", rule.why, about)))},
        "help": {
            "text": "\n".join([*help_lines, *controls]),
            "markdown": "\n\n".join([*help_lines, "\n".join(f"- {each}" for each in controls)]).strip(),
        },
        "defaultConfiguration": {"level": _LEVELS[rule.level], "enabled": rule.level != "disabled"},
        "properties": {
            **severity,
            "precision": "very-high",
            "tags": ["security", rule.theme, *controls],
        },
    }


def _results(findings: Sequence[Finding], rules: Sequence[Rule], sources: Sources) -> Iterator[Mapping[str, Any]]:
    indices = {rule.id: index for index, rule in enumerate(rules)}
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        place = (finding.rule, finding.urn, finding.field)
        seen[place] += 1
        yield {
            "ruleId": finding.rule,
            "ruleIndex": indices[finding.rule],
            **_judgement(finding),
            "message": {"text": _message(finding, sources.recording)},
            "locations": [_location(finding, sources)],
            **_related(finding, sources),
            "partialFingerprints": {"ruleResourceField/v1": _fingerprint(*place, str(seen[place]))},
            **_suppressions(finding),
        }


def _judgement(finding: Finding) -> Mapping[str, str]:
    """Kind and level: a result that is not a failure has the level none (section 3.27.10)."""
    if finding.unknown and finding.level == "advisory":
        return {"kind": "open", "level": "none"}
    return {"kind": "fail", "level": _LEVELS[finding.level]}


def _message(finding: Finding, recording: Recording) -> str:
    where = ", ".join(filter(None, (recording.title_of(finding.urn), finding.field)))
    return f"{finding.title.removesuffix('.')}. {where}: {finding.found.removesuffix('.')}. {finding.remedy}".rstrip()


def _location(finding: Finding, sources: Sources) -> Mapping[str, Any]:
    name = finding.urn or "the stack"
    resource = {"name": sources.recording.title_of(finding.urn), "fullyQualifiedName": name, "kind": "resource"}
    field = {"name": finding.field, "fullyQualifiedName": f"{name}#{finding.field}", "kind": "property"}
    return {
        "physicalLocation": _physical(sources.position_of(finding)),
        "logicalLocations": [resource, field] if finding.field else [resource],
    }


def _related(finding: Finding, sources: Sources) -> Mapping[str, Any]:
    """The line of a component, for those who may change that."""
    maker = sources.maker_of(finding)
    if not maker:
        return {}
    return {"relatedLocations": [{"physicalLocation": _physical(maker), "message": {"text": _MAKER}}]}


def _physical(position: SourcePosition) -> Mapping[str, Any]:
    return {
        "artifactLocation": {"uri": position.path, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": position.line},
    }


def _suppressions(finding: Finding) -> Mapping[str, Any]:
    if not finding.exemption:
        return {}
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": str(finding.exemption)}]}


def _fingerprint(*parts: str) -> str:
    """The same for the same rule, resource and field, wherever in a file their line has moved."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
