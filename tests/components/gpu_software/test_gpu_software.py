"""The software on GPU nodes: reported how cards are shared, and installed by the operator where the stack says so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components import GpuSoftware, GpuSoftwareArgs
from components.device_plugin import WHOLE_CARDS, mig_configurations
from components.gpu_software.manifests import configuration, operator
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Recording, record
from settings import NodeSoftware, SoftwareSource
from tests.components.gpu_software.gpu_software import SOFTWARE_IMAGES
from tests.components.pools import MIG_MIXED, TIME_SLICING, karpenter
from versions import GPU_OPERATOR_CHART_VERSION

POLICIES = Path(__file__).parents[3] / "policies"
POOLS = (karpenter(name="sliced", sharing=TIME_SLICING), karpenter(name="cut", sharing=MIG_MIXED), karpenter())


def args(source: SoftwareSource = SoftwareSource.PRESENT, **fields: Any) -> GpuSoftwareArgs:
    software = NodeSoftware(source=source, namespace="gpu-operator", **fields)
    return GpuSoftwareArgs(software=software, pools=POOLS, images=SOFTWARE_IMAGES)


def recorded(of: GpuSoftwareArgs) -> Recording:
    def program() -> None:
        GpuSoftware("gpus", of, pulumi.ResourceOptions())

    return record(program, project="inference", stack="test")


def kinds(recording: Recording) -> list[str]:
    return [resource.type.rpartition(":")[2] for resource in recording.resources if resource.custom]


def test_each_pool_that_shares_cards_has_its_file() -> None:
    made: Any = configuration.sharing("gpus", args())
    assert set(made.data) == {"sliced", "cut", WHOLE_CARDS}
    assert yaml.safe_load(made.data["sliced"])["sharing"]["timeSlicing"]["resources"][0]["replicas"] == 4
    assert yaml.safe_load(made.data["cut"])["flags"] == {"migStrategy": "mixed"}


def test_mig_manager_reads_one_file_of_all_cuts() -> None:
    made: Any = configuration.partitions("gpus", args())
    (text,) = made.data.values()
    assert set(yaml.safe_load(text)["mig-configs"]) == {"all-disabled", "cut"}
    assert set(made.data) == {"config.yaml"}


def test_present_software_is_only_reported() -> None:
    assert kinds(recorded(args())) == ["ConfigMap", "ConfigMap"]


def test_the_operator_is_installed_after_what_it_reads() -> None:
    recording = recorded(args(SoftwareSource.OPERATOR))
    assert sorted(kinds(recording)) == ["ConfigMap", "ConfigMap", "Namespace", "Release"]
    (release,) = (resource for resource in recording.resources if resource.type.endswith(":Release"))
    assert {urn.rpartition("::")[2] for urn in release.dependencies} == {
        "gpus-namespace",
        "gpus-sharing",
        "gpus-partitions",
    }
    assert release.inputs["version"] == GPU_OPERATOR_CHART_VERSION
    assert release.inputs["namespace"] == "gpu-operator"
    config_maps = {
        resource.inputs["metadata"]["name"] for resource in recording.resources if resource.type.endswith(":ConfigMap")
    }
    values = release.inputs["values"]
    assert {values["devicePlugin"]["config"]["name"], values["migManager"]["config"]["name"]} == config_maps
    cuts = mig_configurations(POOLS)["mig-configs"]
    assert values["migManager"]["config"]["default"] in cuts
    assert values["devicePlugin"]["config"]["default"] in configuration.sharing_files(args())


def test_the_chart_is_nvidias_and_a_failed_installation_is_taken_away() -> None:
    made: Any = operator.release("gpus", args(SoftwareSource.OPERATOR))
    assert (made.name, made.chart) == ("gpu-operator", "gpu-operator")
    assert made.repository_opts.repo == "https://helm.ngc.nvidia.com/nvidia"
    assert (made.atomic, made.timeout) == (True, 20 * 60)
    assert made.values == {
        "devicePlugin": {"config": {"name": "gpus-sharing", "default": "whole.cards"}},
        "mig": {"strategy": "mixed"},
        "migManager": {"config": {"name": "gpus-partitions", "default": "all-disabled"}},
    }


def test_there_is_always_a_configuration_as_the_plug_in_does_not_start_without_any() -> None:
    unshared = replace(args(), pools=(karpenter(),))
    assert set(configuration.sharing_files(unshared)) == {WHOLE_CARDS}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_policies_know_why_its_namespace_is_privileged(environment: str) -> None:
    recording = recorded(args(SoftwareSource.OPERATOR))
    with Analyzer(POLICIES, "inference", environment, POLICIES / "config" / f"{environment}.json") as pack:
        findings = pack.analyze(recording.resources)
    assert [finding for finding in findings if finding.level == "mandatory"] == []


def test_another_privileged_namespace_is_refused() -> None:
    software = NodeSoftware(source=SoftwareSource.OPERATOR, namespace="drivers")
    recording = recorded(GpuSoftwareArgs(software=software, pools=POOLS, images=SOFTWARE_IMAGES))
    with Analyzer(POLICIES, "inference", "prod", POLICIES / "config" / "prod.json") as pack:
        findings = pack.analyze(recording.resources)
    assert "P18" in {finding.rule for finding in findings if finding.level == "mandatory"}
