"""What people read of a verification."""

from verification.checks.checks import Check, Result
from verification.checks.report import listing, summary

DIGEST = "sha256:" + "0123456789abcdef" * 4


def check(name: str, result: Result, detail: str, *, address: str = "http://a", after: str = "") -> Check:
    return Check(model="mnist", version=2, address=address, name=name, result=result, detail=detail, after=after)


def test_checks_are_listed_below_what_they_are_of() -> None:
    passed = check("version", Result.PASSED, "AVAILABLE")
    over_grpc = check("version", Result.FAILED, "no answer", address="grpc://a")
    prevented = check("prediction", Result.NOT_CHECKED, "", address="grpc://a", after="version")
    assert listing([passed, over_grpc, prevented]).splitlines() == [
        "mnist 2  http://a",
        "  passed       version: AVAILABLE",
        "mnist 2  grpc://a",
        "  failed       version: no answer",
    ]
    assert summary([passed, over_grpc, prevented]) == "1 version: 1 passed, 1 failed, 1 not checked"


def test_details_are_whole_and_fit_a_terminal_of_80_columns() -> None:
    detail = f"the answer is none of those that were recorded when the version was published: {DIGEST} and {DIGEST}"
    lines = listing([check("prediction", Result.FAILED, detail)]).splitlines()
    assert all(len(line) < 80 for line in lines if DIGEST not in line)
    assert " ".join(" ".join(lines[1:]).split()) == f"failed prediction: {detail}"
