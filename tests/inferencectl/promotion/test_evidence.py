"""What counts as a verification of a version: the last run after it was deployed, of exactly its files."""

from typing import Any

import pytest

from inferencectl.promotion.evidence import Result, evidence_of
from tests.inferencectl.promotion.stacks import VERSION, proved

LINE = f"iris 2 storage:models/iris/2 {VERSION['sha256']}\n"
DEPLOYED, BEFORE, AFTER, LATER = (f"2026-11-29T12:00:{seconds:02}Z" for seconds in (10, 5, 20, 40))


def metadata(name: str, changed: str, **fields: Any) -> dict[str, Any]:
    """Of an object whose status and number of pods have changed since."""
    touched = [{"time": LATER, "subresource": "status"}, {"time": LATER, "subresource": "scale"}]
    return {"name": name, "creationTimestamp": BEFORE, "managedFields": [{"time": changed}, *touched], **fields}


def asked(lines: str = LINE, changed: str = BEFORE) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": metadata("model-verification", changed), "data": {"versions": lines}}


def workload(changed: str = DEPLOYED, kind: str = "Deployment") -> dict[str, Any]:
    return {"kind": kind, "metadata": metadata("iris-v2", changed)}


def run(began: str, *conditions: str, owner: str = "model-verification") -> dict[str, Any]:
    owners = [{"kind": "CronJob", "name": owner}]
    held = [{"type": each, "status": "True"} for each in conditions]
    status = {"startTime": began, "conditions": [*held, {"type": "Suspended", "status": "False"}]}
    return {"kind": "Job", "metadata": metadata(f"run-{began}", began, ownerReferences=owners), "status": status}


PASSED, FAILED = ("SuccessCriteriaMet", "Complete"), ("FailureTarget", "Failed")


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([asked(), workload(), run(AFTER, *PASSED)], Result.PASSED),
        ([asked(), workload(), run(AFTER, *FAILED)], Result.FAILED),
        ([asked(), workload(), run(LATER, *PASSED), run(AFTER, *FAILED)], Result.PASSED),
        ([asked(), workload(), run(AFTER, *PASSED), run(LATER, *FAILED)], Result.FAILED),
        ([asked(), workload(), run(AFTER, *FAILED), run(LATER)], Result.FAILED),
        ([asked(), workload(), run(AFTER)], Result.MISSING),
        ([asked(), workload(), run(BEFORE, *PASSED)], Result.MISSING),
        ([asked(), workload(), run(BEFORE, *FAILED)], Result.MISSING),
        ([asked(), workload(), run(DEPLOYED, *PASSED)], Result.MISSING),
        ([asked(changed=LATER), workload(), run(AFTER, *PASSED)], Result.MISSING),
        ([asked(), workload(changed=LATER), run(AFTER, *PASSED)], Result.MISSING),
        ([asked(), workload(), run(AFTER, *PASSED, owner="other")], Result.MISSING),
        ([asked(), workload(), {"kind": "Job", "metadata": {"name": "new"}}], Result.MISSING),
        ([workload(), run(AFTER, *PASSED)], Result.MISSING),
    ],
    ids=[
        *(
            "passed",
            "failed",
            "passed again",
            "failed at last",
            "another one runs",
            "it runs",
            "before it was deployed",
        ),
        *("failed before it was deployed", "in the same second", "then it was asked for something else"),
        *("then it was deployed anew", "a Job of others", "not begun", "no verification"),
    ],
)
def test_the_last_run_after_the_deployment_counts(objects: list[dict[str, Any]], expected: Result) -> None:
    found = proved()
    assert evidence_of(objects, found.model, found.version).result is expected


@pytest.mark.parametrize(
    "lines",
    ["", LINE.replace("2 storage", "1 storage"), LINE.replace("cd", "00"), LINE.replace("/2 ", "/3 ")],
    ids=["nothing", "another version", "another digest", "another address"],
)
def test_what_was_not_asked_for_is_not_verified(lines: str) -> None:
    found = proved()
    evidence = evidence_of([asked(lines), workload(), run(AFTER, *PASSED)], found.model, found.version)
    assert (evidence.result, evidence.told) == (Result.MISSING, "its scheduled verification leaves this version out")


def test_the_pods_of_a_stateful_model_are_those_that_count() -> None:
    found = proved(stateful=True)
    objects = [asked(), workload(LATER, "StatefulSet"), workload(BEFORE), run(AFTER, *PASSED)]
    assert evidence_of(objects, found.model, found.version).result is Result.MISSING
    objects = [asked(), workload(BEFORE, "StatefulSet"), workload(LATER), run(AFTER, *PASSED)]
    assert evidence_of(objects, found.model, found.version).result is Result.PASSED


def test_the_words_name_the_run() -> None:
    found = proved()
    evidence = evidence_of([asked(), workload(), run(AFTER, *FAILED)], found.model, found.version)
    assert evidence.told == f"its verification failed at 2026-11-29 12:00:20 UTC: Job run-{AFTER}"
