"""What the scheduled verification of a stack says about a version: the Jobs of its CronJob, and what they looked at."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from components.metadata import MODEL_VERIFICATION
from components.model_verification.manifests import VERSIONS_FILE
from components.object_storage import remote_path
from inferencectl.deployer.job_result import has_passed
from inferencectl.sandbox.kubectl import Kubectl
from settings import Model, Version

Manifest = Mapping[str, Any]


class Result(StrEnum):
    """What the last run of the verification says."""

    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the verification says about a version as it is deployed now, with the words for it."""

    result: Result
    told: str


def evidence_in(kubectl: Kubectl, namespace: str, model: Model, version: Version) -> Evidence:
    """What is to be found in the namespace of a stack."""
    listed = kubectl.run("get", "configmaps,jobs,deployments,statefulsets", "-n", namespace, "-o", "json", *_ALL_FIELDS)
    return evidence_of(json.loads(listed)["items"], model, version)


# Whoever has written a field, and when, is left out otherwise.
_ALL_FIELDS = ("--show-managed-fields",)


def evidence_of(objects: Sequence[Manifest], model: Model, version: Version) -> Evidence:
    """What the ConfigMaps, Jobs and workloads of a namespace say about a version.

    A run counts from the last change of what it reads and of what it asks: an earlier one has judged something else.
    """
    named = {(each["kind"], each["metadata"]["name"]): each for each in objects}
    asked = named.get(("ConfigMap", MODEL_VERIFICATION))
    line = f"{model.name} {version.version} {remote_path(version.storage)} {version.sha256}"
    if asked is None:
        return Evidence(result=Result.MISSING, told="the stack is not verified on a schedule")
    if line not in asked.get("data", {}).get(VERSIONS_FILE, "").splitlines():
        return Evidence(result=Result.MISSING, told="its scheduled verification leaves this version out")
    kind, name = "StatefulSet" if model.stateful else "Deployment", f"{model.name}-v{version.version}"
    workload = named.get((kind, name))
    changed = max(_changed(each) for each in (asked, workload) if each)
    runs = [run for run in map(_run_of, objects) if run and run.began > changed]
    if not runs:
        since = f"has ended that began after {changed:%Y-%m-%d %H:%M:%S} UTC, when {model.name} was deployed"
        return Evidence(result=Result.MISSING, told=f"no run of its verification {since}")
    last = max(runs, key=lambda run: run.began)
    result = Result.PASSED if last.has_passed else Result.FAILED
    return Evidence(result=result, told=f"its verification {result} at {last.began:%Y-%m-%d %H:%M:%S} UTC: {last.name}")


@dataclass(frozen=True, kw_only=True)
class _Run:
    name: str
    began: datetime
    has_passed: bool


def _run_of(job: Manifest) -> _Run | None:
    """A Job of the verification's CronJob that has ended; None for any other object."""
    metadata, status = job["metadata"], job.get("status", {})
    owners = [(owner["kind"], owner["name"]) for owner in metadata.get("ownerReferences", ())]
    if job["kind"] != "Job" or ("CronJob", MODEL_VERIFICATION) not in owners or "startTime" not in status:
        return None
    passed = has_passed(status)
    if passed is None:
        return None
    return _Run(name=f"Job {metadata['name']}", began=_time(status["startTime"]), has_passed=passed)


def _changed(found: Manifest) -> datetime:
    """When somebody last changed the object itself, and not its status or its number of pods."""
    written = [each for each in found["metadata"].get("managedFields", ()) if not each.get("subresource")]
    times = [each["time"] for each in written if "time" in each] or [found["metadata"]["creationTimestamp"]]
    return max(map(_time, times))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
