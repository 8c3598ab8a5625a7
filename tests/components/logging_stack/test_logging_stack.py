"""A whole stack that keeps its logs: in order, closed, known to the policies, and with no more rights than it needs."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiClient, CoreV1Api

from components import LoggingStack
from components.logging_stack.manifests.elastic import elasticsearch_spec, kibana_spec
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Recording, Resource, record, record_program
from tests.components.add_on.test_add_on import needed
from tests.components.add_on.test_monitoring_policies import peers
from tests.components.logging_stack.kept_logs import EVERYTHING, INSTALLATION, LOGGING, args_of, logging
from tests.settings.settings_stack import ROOT, edited

EXEMPTIONS = ROOT / "docs" / "logging-exemptions.json"
TOOLS = f"registry.example/tools:1@sha256:{'7' * 64}"
CLUSTER, KIBANA = "elasticsearch.k8s.elastic.co/cluster-name", "kibana.k8s.elastic.co/name"


@cache
def whole() -> Recording:
    config = edited({"logging": {**LOGGING, "installation": INSTALLATION}, "images": {"tools": TOOLS}})
    return record_program(ROOT / "__main__.py", project="inference", stack="dev", config=config)


def part(**fields: Any) -> Recording:
    def program() -> None:
        of = logging(**fields)
        args = replace(args_of(of), tools_image=TOOLS.replace("registry.example", "docker.io/rclone"))
        LoggingStack("logs", args)

    return record(program, project="inference", stack="test")


def named(recording: Recording, name: str) -> Resource:
    (found,) = (each for each in recording.resources if each.name == name)
    return found


def test_the_first_record_comes_after_its_template_and_that_after_the_operator() -> None:
    before = needed(whole(), named(whole(), "logs-collector"))
    assert {"logs-setup", "logs-elasticsearch", "logs-roles", "eck-eck-operator", "logs-pods"} <= before
    assert {"logs-collector-configuration", "eck-logging-closed"} <= before
    assert "logs-kibana" not in before


def test_models_do_not_wait_for_who_keeps_their_logs() -> None:
    for each in whole().resources:
        if each.inputs.get("kind") in ("Deployment", "StatefulSet"):
            assert not {"eck-eck-operator", "logs-elasticsearch"} & needed(whole(), each), each.name


def test_one_of_both_makes_the_namespace() -> None:
    def makers(recording: Recording) -> list[str]:
        made = (each for each in recording.resources if each.inputs.get("kind") == "Namespace")
        return [each.name for each in made if each.inputs["metadata"]["name"] == "logging"]

    assert makers(whole()) == ["eck-logging-namespace"]
    assert makers(part(installation=None, operatorPresent=True)) == ["logs-namespace"]


def test_a_stack_without_logs_has_none_of_it() -> None:
    recording = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited({}))
    assert not [each.name for each in recording.resources if each.name.startswith(("logs", "eck"))]


def test_the_collector_reads_pods_and_namespaces_and_nothing_else() -> None:
    kinds = ("ClusterRole", "Role")
    (role,) = (each for each in part().resources if each.inputs.get("kind") in kinds)
    read = ["get", "list", "watch"]
    assert role.inputs["rules"] == [{"apiGroups": [""], "resources": ["namespaces", "pods"], "verbs": read}]


def policies() -> Mapping[str, Any]:
    found = (each for each in part().resources if each.inputs.get("kind") == "NetworkPolicy")
    return {each.inputs["metadata"]["name"].removeprefix("logs-"): each.inputs["spec"] for each in found}


def test_nobody_else_reaches_elasticsearch() -> None:
    rules = policies()["elasticsearch"]["ingress"]
    asking = [peer for rule in rules for peer in rule["from"]]
    own = [each["podSelector"]["matchLabels"] for each in asking if "podSelector" in each]
    assert [each.get("app.kubernetes.io/name") for each in own] == ["logs-collector", "logs-setup", None, None]
    assert own[2:] == [{KIBANA: "logs"}, {CLUSTER: "logs"}]
    assert [each["namespaceSelector"] for each in asking if "namespaceSelector" in each] == [
        {"matchLabels": {"kubernetes.io/metadata.name": "elastic-system"}}
    ]


def test_the_collector_reaches_elasticsearch_and_the_api_server_alone() -> None:
    egress = policies()["collector"]["egress"]
    assert peers(egress, "to") == {("own", 9200), ("10.0.0.0/16", 443), ("10.0.0.0/16", 6443)}
    assert peers(policies()["collector"]["ingress"], "from") == {("monitoring", 24231)}
    assert peers(policies()["setup"]["egress"], "to") == peers(policies()["kibana"]["egress"], "to") == {("own", 9200)}


def test_the_collector_writes_to_one_directory_of_its_node() -> None:
    pod = named(part(), "logs-collector").inputs["spec"]["template"]["spec"]
    paths = {each["name"]: each["hostPath"]["path"] for each in pod["volumes"] if "hostPath" in each}
    assert paths == {"logs": "/var/log", "state": "/var/lib/logging-collector"}
    (container,) = pod["containers"]
    writable = {each["name"] for each in container["volumeMounts"] if not each.get("readOnly")}
    assert writable == {"state", "scratch"}
    rights = container["securityContext"]
    assert (rights["capabilities"], rights["readOnlyRootFilesystem"]) == ({"drop": ["ALL"]}, True)


def findings(recording: Recording, tmp_path: Path) -> list[tuple[str, Any]]:
    configured = json.loads((ROOT / "policies" / "config" / "prod.json").read_text(encoding="utf-8"))
    exemptions = json.loads(EXEMPTIONS.read_text(encoding="utf-8"))
    configured["rules"]["exemptions"] = [{**each, "expires": "9999-12-31"} for each in exemptions]
    changed = tmp_path / "exempted.json"
    changed.write_text(json.dumps(configured), encoding="utf-8")
    with Analyzer(ROOT / "policies", "inference", "prod", changed) as pack:
        found = pack.analyze(recording.resources)
    return [(each.rule, each.found) for each in found if each.level == "mandatory" or each.rule == "X01"]


def test_the_exemptions_of_the_documentation_are_what_it_needs(tmp_path: Path) -> None:
    """All of them, and no more: one that is not needed is a finding too."""
    assert findings(part(), tmp_path) == []


def test_an_audit_log_needs_no_exemption_where_the_licence_has_it(tmp_path: Path) -> None:
    (found,) = findings(part(licence="enterprise"), tmp_path)
    assert found[0] == "X01"


@pytest.mark.parametrize("kind", ["elasticsearch", "kibana"])
def test_the_pods_of_the_operator_are_restricted(kind: str, api_client: ApiClient, namespace: str) -> None:
    """The definitions say nothing of pods: here the API server judges what their templates say, as of a pod."""
    core = CoreV1Api(api_client)
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    core.patch_namespace(namespace, {"metadata": {"labels": restricted}})
    args = args_of(logging(**EVERYTHING))
    spec = elasticsearch_spec("logs", args)["nodeSets"][0] if kind == "elasticsearch" else kibana_spec("logs", args)
    pod = spec["podTemplate"]["spec"]
    pod["containers"][0]["image"] = "registry.example/any:1"
    body = {"metadata": {"name": kind}, "spec": pod}
    core.create_namespaced_pod(namespace, body, dry_run="All", field_validation="Strict")
