"""A whole stack that installs what watches it: in order, known to the policies, and refused by the sandbox."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from inferencectl.deployer import kubernetes_objects
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Recording, Resource, record_program
from inferencectl.workspace.errors import SandboxError
from tests.components.add_on.installed_monitoring import EVERYTHING, INSTALLATION
from tests.components.add_on.test_add_on import needed
from tests.components.monitoring_stack.stack_of_monitoring import manifests, of_kind
from tests.settings.meshed_stack import of_mesh
from tests.settings.settings_pools import KARPENTER, TIME_SLICING, stack
from tests.settings.settings_release import PROGRESSIVE
from tests.settings.settings_release import edits as progressive
from tests.settings.settings_stack import ROOT, edited

POLICIES = ROOT / "policies"
RELEASE = "prometheus-operator-kube-prometheus-stack"
AUTOSCALING = {
    "prometheus": "http://prometheus.monitoring.svc:9090",
    "scraperNamespace": "monitoring",
    "scrapeIntervalSeconds": 30,
}
SCALED = {"minReplicas": 1, "maxReplicas": 4, "requestsPerSecond": 5}
SHARED = {**KARPENTER, "sharing": TIME_SLICING}


def installing(monitoring: Mapping[str, Any] | None = None, **edits: Any) -> dict[str, Any]:
    given = {"scraperNamespace": "monitoring", "installation": INSTALLATION, **(monitoring or {})}
    return {"monitoring": given, **edits}


def recorded(edits: Mapping[str, Any], environment: str = "dev") -> Recording:
    config = edited(edits, environment)
    return record_program(ROOT / "__main__.py", project="inference", stack=environment, config=config)


@cache
def installed(environment: str = "dev") -> Recording:
    return recorded(installing(), environment)


def test_what_the_operator_reads_is_made_after_it_and_deleted_before_it() -> None:
    recording = installed()
    readers = [each for each in recording.resources if str(each.inputs.get("apiVersion", "")).startswith("monitoring.")]
    assert {each.inputs["kind"] for each in readers} == {"Alertmanager", "PodMonitor", "Prometheus", "PrometheusRule"}
    for each in readers:
        assert RELEASE in needed(recording, each), each.name


def test_models_do_not_wait_for_who_watches_them() -> None:
    recording = installed()
    servers = [each for each in recording.resources if each.inputs.get("kind") in ("Deployment", "StatefulSet")]
    assert len(servers) >= 3
    for each in servers:
        assert RELEASE not in needed(recording, each), each.name


def test_the_namespace_is_open_to_its_pods_before_they_start() -> None:
    recording = installed()
    (release,) = (each for each in recording.resources if each.name == RELEASE)
    opened = {f"prometheus-operator-monitoring-{name}" for name in ("closed", "inside", "api-server", "prometheus")}
    assert opened <= needed(recording, release)


def test_grafana_may_read_dashboards_before_it_starts() -> None:
    """What reads them ends where it is refused, and the release, which waits for it, is taken back."""
    recording = installed()
    (release,) = (each for each in recording.resources if each.name == RELEASE)
    before = needed(recording, release)
    given = {
        (each.type.rpartition(":")[2], each.inputs["metadata"]["namespace"])
        for each in recording.resources
        if each.name in before and "-dashboards" in each.name
    }
    assert given == {(kind, each) for kind in ("Role", "RoleBinding") for each in ("models-dev", "monitoring")}
    # Into namespaces that are there.
    assert {"prometheus-operator-monitoring-namespace", "models-namespace"} <= before


def test_the_objects_that_hold_data_are_not_deleted_by_a_slip() -> None:
    def kept(**installation: Any) -> set[bool]:
        recording = recorded(installing({"installation": {**INSTALLATION, **installation}}))
        return {
            each.protect for each in recording.resources if each.inputs.get("kind") in ("Alertmanager", "Prometheus")
        }

    assert (kept(), kept(protect=False)) == ({True}, {False})


@pytest.mark.parametrize(
    ("edits", "found"),
    [
        (installing(), {}),
        (installing({"certManager": True}), {"cert-manager": ("certificates", "http-metrics")}),
        (
            installing(autoscaling=AUTOSCALING, **{"models.1.scaling": SCALED}),
            {"keda": ("scaling", "http")},
        ),
        (
            {**installing(autoscaling=AUTOSCALING), **progressive(PROGRESSIVE)},
            {"flagger": ("releases", "http")},
        ),
        ({**installing(), **stack([SHARED])}, {"gpus": ("gpu-operator", "metrics")}),
    ],
    ids=["nothing else", "cert-manager", "keda", "flagger", "gpus"],
)
def test_only_what_the_stack_uses_is_scraped(edits: dict[str, Any], found: Mapping[str, tuple[str, str]]) -> None:
    edits["monitoring"] = {**edits["monitoring"], "installation": {**INSTALLATION, "sources": EVERYTHING["sources"]}}
    made = manifests(edits)
    monitors = {
        name: (each["spec"]["namespaceSelector"]["matchNames"][0], each["spec"]["podMetricsEndpoints"][0]["port"])
        for name, each in of_kind("PodMonitor", made).items()
        if each["metadata"]["namespace"] == "monitoring" and name != "own-pods"
    }
    assert monitors == found
    for namespace, _ in found.values():
        assert (namespace, "monitoring-prometheus") in rights(made)


def rights(made: Any) -> set[tuple[str, str]]:
    roles = (each["metadata"] for each in made if each["kind"] == "Role")
    return {(each["namespace"], each["name"]) for each in roles}


@pytest.mark.parametrize(
    ("source", "labels"),
    [
        ("present", {"app": "nvidia-dcgm-exporter"}),
        ("operator", {"app": "nvidia-dcgm-exporter"}),
        ("manifests", {"app.kubernetes.io/component": "node-agent"}),
    ],
)
def test_exporters_of_gpus_are_found_by_who_installs_them(source: str, labels: Mapping[str, str]) -> None:
    software = {"source": source, "namespace": "gpu-operator"}
    made = manifests({**installing(), **stack([SHARED]), "gpuSoftware": software})
    (monitor,) = (each for name, each in of_kind("PodMonitor", made).items() if name == "gpus")
    assert monitor["spec"]["selector"]["matchLabels"] == labels
    # Where the stack makes the pods itself, they have the label and the port.
    for agent in of_kind("DaemonSet", made).values():
        template = agent["spec"]["template"]
        if template["metadata"]["labels"].get("app.kubernetes.io/component") != "node-agent":
            continue
        assert labels.items() <= template["metadata"]["labels"].items()
    ports = [
        port["name"]
        for agent in of_kind("DaemonSet", made).values()
        for container in agent["spec"]["template"]["spec"]["containers"]
        for port in container.get("ports", ())
    ]
    assert ports == (["metrics"] if source == "manifests" else [])


def test_the_control_plane_of_a_mesh_is_scraped_by_its_service() -> None:
    made = manifests({**installing(), **of_mesh()})
    (monitor,) = of_kind("ServiceMonitor", made).values()
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["istio-system"]}
    assert monitor["spec"]["endpoints"][0]["port"] == "http-monitoring"
    assert ("istio-system", "monitoring-prometheus") in rights(made)


def findings(environment: str, directory: Path) -> list[Any]:
    """What the pack says where the registry of the images is trusted."""
    configured = json.loads((POLICIES / "config" / f"{environment}.json").read_text(encoding="utf-8"))
    trusted = configured["rules"].get("registries", [])
    configured["rules"]["registries"] = [
        *trusted,
        "registry.example/monitoring",
        "docker.io",
        "nvcr.io",
        "registry.k8s.io",
    ]
    (directory / "policies.json").write_text(json.dumps(configured), encoding="utf-8")
    with Analyzer(POLICIES, "inference", environment, directory / "policies.json") as pack:
        resources: tuple[Resource, ...] = installed(environment).resources
        return [each for each in pack.analyze(resources) if "prometheus" in each.urn]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_policies_are_satisfied_and_say_what_they_do_not_judge(environment: str, tmp_path: Path) -> None:
    found = findings(environment, tmp_path)
    assert [each for each in found if each.level == "mandatory"] == []
    assert [each.rule for each in found if each.urn.endswith(RELEASE)] == ["S04"]


def test_the_sandbox_refuses_before_it_changes_anything() -> None:
    with pytest.raises(SandboxError, match=RELEASE) as caught:
        kubernetes_objects(installed())
    assert (caught.value.exit_code, "pulumi" in str(caught.value.remedy)) == (2, True)
