"""Clusters judged by the pack: the example beside the audit policy, and the sandbox's own API server."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.sandbox.component_commands import Ports, command_lines
from inferencectl.sandbox.pki import Pki
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from tests.policies.manifests import resource

EXAMPLE = Path(__file__).parents[2] / "cluster" / "audited-control-plane.yaml"
AUDIT = {"D05", "D06", "D07"}


@pytest.fixture
def example() -> dict[str, Any]:
    return yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))


def found(strict: Analyzer, manifest: dict[str, Any]) -> set[str]:
    return {finding.rule for finding in strict.analyze_each([resource(manifest)])}


def arguments_of(example: dict[str, Any]) -> list[dict[str, str]]:
    return example["spec"]["kubeadmConfigSpec"]["clusterConfiguration"]["apiServer"]["extraArgs"]


def test_the_example_of_a_cluster_has_no_finding(strict: Analyzer, example: dict[str, Any]) -> None:
    assert found(strict, example) == set()


@pytest.mark.parametrize("flag", ["audit-policy-file", "audit-log-path"])
def test_each_part_of_the_example_is_needed(strict: Analyzer, example: dict[str, Any], flag: str) -> None:
    arguments_of(example)[:] = [each for each in arguments_of(example) if each["name"] != flag]
    assert found(strict, example) == {"D05"}


def test_the_example_mounts_what_it_names(example: dict[str, Any]) -> None:
    configuration = example["spec"]["kubeadmConfigSpec"]
    (file,) = configuration["files"]
    flags = {each["name"]: each["value"] for each in arguments_of(example)}
    mounted = {each["mountPath"]: each for each in configuration["clusterConfiguration"]["apiServer"]["extraVolumes"]}
    policy, log = (str(Path(flags[name]).parent) for name in ("audit-policy-file", "audit-log-path"))
    assert f"{mounted[policy]['hostPath']}/{Path(flags['audit-policy-file']).name}" == file["path"]
    assert mounted[policy]["readOnly"]
    assert not mounted[log].get("readOnly")


def test_the_sandboxs_own_api_server_keeps_the_rules_of_audit(
    strict: Analyzer, tools: Toolchain, tmp_path: Path
) -> None:
    ports = Ports(api=6443, etcd=2379, etcd_peer=2380)
    command = command_lines(tools, Pki(directory=tmp_path / "pki"), ports, tmp_path)["kube-apiserver"]
    pod = {"containers": [{"name": "kube-apiserver", "command": [*command]}]}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "kube-apiserver"}, "spec": pod}
    assert found(strict, manifest) & AUDIT == set()
    for flag, instead, rule in (
        ("--audit-policy-file", "--another-file", "D05"),
        ("--audit-log-path", "--another-path", "D05"),
        ("--audit-log-maxage=180", "--audit-log-maxage=30", "D06"),
    ):
        pod["containers"][0]["command"] = [word.replace(flag, instead) for word in command]
        assert found(strict, manifest) & AUDIT == {rule}
