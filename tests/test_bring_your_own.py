"""The stacks of docs/bring-your-own.md: each loads, is accepted by the API server, and passes the policy pack."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client import ApiClient

from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.verdict import Verdict, judge
from inferencectl.program.recording import Recording, record_program
from inferencectl.workspace.project import Project
from settings import Admission
from tests.policies.admission import guarded_namespace

ROOT = Path(__file__).parents[1]
WORKLOADS = {"DaemonSet", "Deployment", "Job", "StatefulSet"}
PAGE = ROOT / "docs" / "bring-your-own.md"
STACKS: Mapping[str, Any] = {
    name: yaml.safe_load(block)["config"]["inference:platform"]
    for name, block in re.findall(r"```yaml\n# stack: ([a-z-]+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
}


def recorded(name: str) -> Recording:
    config = {"inference:platform": json.dumps(STACKS[name])}
    return record_program(ROOT / "__main__.py", project="inference", stack="staging", config=config)


def test_there_is_a_stack_for_each_heading() -> None:
    assert STACKS.keys() == {
        *("eks", "gke", "aks", "web-server", "web-server-inside", "existing-claim", "on-premises", "air-gapped")
    }


@pytest.mark.parametrize("name", STACKS)
def test_the_api_server_and_the_pack_accept_it(name: str, api_client: ApiClient, tmp_path: Path) -> None:
    recording = recorded(name)
    objects = kubernetes_objects(recording)
    assert len(Deployer(api_client, name).preview(objects).changes) == len(objects)
    region = STACKS[name]["storage"]["region"]
    assert judged(name, recording, [region], tmp_path).violations == ()
    elsewhere = judged(name, recording, ["us-east-1"], tmp_path).violations
    assert {each.rule for each in elsewhere} == {"D08"}, "no storage is outside of the pack's regions unseen"


@pytest.mark.parametrize("name", STACKS)
def test_admission_lets_its_pods_in(name: str, api_client: ApiClient) -> None:
    recording = recorded(name)
    workloads = [each.manifest for each in kubernetes_objects(recording) if each.key.kind in WORKLOADS]
    assert len(workloads) >= 2
    with guarded_namespace(api_client, Admission.model_validate(STACKS[name]["admission"])) as guarded:
        for manifest in workloads:
            answer = guarded.create(dict(manifest))
            assert answer.is_accepted, answer


def judged(name: str, recording: Recording, regions: list[str], directory: Path) -> Verdict:
    """By the pack as staging configures it, in these regions and with the registries that the stack itself allows."""
    committed = Project(ROOT).policy_configuration("staging")
    assert committed
    configuration = json.loads(committed.read_text(encoding="utf-8"))
    configuration["rules"]["regions"] = regions
    if registries := STACKS[name].get("admission", {}).get("registries"):
        configuration["rules"]["registries"] = registries
    path = directory / "staging.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    return judge(Analyzer(ROOT / "policies", "inference", "staging", path), recording)
