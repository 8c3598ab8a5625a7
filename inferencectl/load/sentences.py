"""What a report says, in words and as data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from inferencectl.load.report import ProtocolReport, Report

_NAMES = {"rest": "REST", "grpc": "gRPC"}
SCHEMA = 1


def sentences(report: Report) -> Sequence[str]:
    """A line for every protocol, and one for every example of a lost request."""
    lines = [_sentence(_NAMES[protocol], each) for protocol, each in report.protocols.items()]
    begin = min((each.begin for each in report.protocols.values()), default=0.0)
    examples = [
        f"lost {each.started - begin:.1f} s after the start: {_NAMES[each.protocol]} request {each.number} "
        f"after {each.seconds:.2f} s, status {each.status}: {each.error}"
        for each in report.examples
    ]
    return [*lines, *examples]


def as_data(report: Report) -> Mapping[str, Any]:
    """The report for machines; times are in seconds since 1970, everything else that is measured in seconds."""
    return {
        "schema": SCHEMA,
        "lost": report.lost,
        "longestGap": report.longest_gap,
        "protocols": {
            name.value: {**asdict(each), "lost": each.lost, "answered": each.answered}
            for name, each in report.protocols.items()
        },
        "examples": [asdict(each) for each in report.examples],
    }


def _sentence(name: str, report: ProtocolReport) -> str:
    versions = ", ".join(
        f"version {version or 'not named'} {count} times" for version, count in report.versions.items()
    )
    return (
        f"{name}: {report.sent} requests, {report.lost} lost, at most {report.longest_gap:.1f} s without an answer; "
        f"answered by {versions or 'nobody'}"
    )
