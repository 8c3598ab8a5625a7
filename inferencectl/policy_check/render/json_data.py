"""What the policies found, as data that JSON can hold."""

from collections.abc import Mapping

from inferencectl.policy_check.verdict import Verdict


def json_data(verdict: Verdict) -> Mapping[str, object]:
    """The findings and remediations of one run."""
    return {"findings": verdict.findings, "remediations": verdict.remediations}
