"""What a stack says of admission and what it says of the policy pack is the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from configuration_schema import DEFAULTS
from inferencectl.workspace.project import Project
from settings import ADMISSION_RULES, MEMORY_PER_SIZE, Admission, AdmissionAction, load, read_stack_file
from tests.committed_stacks import STACKS


def of_pack(properties: dict[str, Any], namespace: str) -> dict[str, Any]:
    """The part of a configuration of the pack that admission has as well."""
    values = {**DEFAULTS, **properties}
    exemptions = [(each["rule"], each["resource"]) for each in values["exemptions"]]
    return {
        "levels": {rule: level for rule, level in values["levels"].items() if rule in ADMISSION_RULES},
        "requireDigest": values["requireDigest"],
        "requireSignature": values["requireSignature"],
        "registries": values["registries"],
        "exemptions": sorted(
            (rule, resource)
            for rule, resource in exemptions
            if rule in ADMISSION_RULES and resource.split("/")[1:-1] == [namespace]
        ),
        "memoryFactor": values["memoryFactor"],
        "podSecurity": values["podSecurity"],
    }


def of_admission(admission: Admission) -> dict[str, Any]:
    return {
        "levels": {rule: level.value for rule, level in admission.levels.items()},
        "requireDigest": admission.require_digest.value,
        "requireSignature": admission.require_signature.value,
        "registries": list(admission.registries),
        "exemptions": sorted((each.rule, each.resource) for each in admission.exemptions),
        # Not for a stack to choose.
        "memoryFactor": float(MEMORY_PER_SIZE),
        "podSecurity": "restricted",
    }


def test_the_defaults_are_the_packs() -> None:
    assert of_admission(Admission()) == of_pack({}, "models")
    assert Admission().action is AdmissionAction.DENY


@pytest.mark.parametrize("stack", STACKS)
def test_a_committed_stack_is_judged_alike_in_review_and_at_admission(pack: Path, stack: str) -> None:
    project = Project(pack.parent)
    platform = load(stack, read_stack_file(project.stack_file(stack)))
    file = project.policy_configuration(stack)
    properties = json.loads(file.read_text(encoding="utf-8"))["rules"] if file else {}
    assert of_admission(platform.admission) == of_pack(properties, platform.namespace)
    assert platform.admission.action is AdmissionAction.DENY


def test_an_exemption_of_the_pack_is_looked_for_at_admission() -> None:
    exemption = {"rule": "P16", "resource": "Deployment/models-prod/iris-v1"}
    others = [{"rule": "D04", "resource": "PersistentVolumeClaim/models-prod/a"}, {**exemption, "resource": "Role/b"}]
    found = of_pack({"exemptions": [exemption, *others]}, "models-prod")["exemptions"]
    assert found == [("P16", "Deployment/models-prod/iris-v1")]
