"""Pods are found wherever a resource carries them, and judged for what they are."""

from typing import Any

import pytest

from inferencectl.policy_check.analyzer import Analyzer
from tests.policies.manifests import POD_LOCATIONS, REMOVED, UNKNOWN, changed, pod, resource, workload

Manifest = dict[str, Any]


def rules(analyzer: Analyzer, manifest: Manifest, token: str = "") -> set[str]:
    return {finding.rule for finding in analyzer.analyze_each([resource(manifest, token, protect=True)])}


def privileged() -> Manifest:
    return changed(pod(), "spec containers 0 securityContext privileged", True)


@pytest.mark.parametrize("kind", POD_LOCATIONS)
def test_every_workload_kind_is_judged(strict: Analyzer, kind: str) -> None:
    assert rules(strict, workload(kind, pod())) == set()
    assert rules(strict, workload(kind, privileged())) == {"P01"}


@pytest.mark.parametrize(
    "spec",
    [
        {"template": privileged()},
        {"predictor": privileged()["spec"]},
        {"templates": [{"podTemplate": privileged()}]},
    ],
    ids=["template", "inline", "in a list"],
)
def test_custom_resources_are_searched_for_pods(strict: Analyzer, spec: Manifest) -> None:
    metadata = {"name": "x", "namespace": "models"}
    manifest = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": metadata, "spec": spec}
    (finding,) = strict.analyze_each([resource(manifest)])
    assert finding.rule == "P01"
    assert finding.field.endswith("containers[0].securityContext.privileged")


def test_an_unknown_list_of_containers_in_a_custom_resource_is_reported(strict: Analyzer) -> None:
    metadata = {"name": "x", "namespace": "models"}
    spec = {"template": {"spec": {"containers": UNKNOWN}}}
    findings = strict.analyze_each(
        [resource({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": metadata, "spec": spec})]
    )
    assert findings
    assert all(finding.unknown for finding in findings)


def test_what_only_looks_like_a_pod_is_none(strict: Analyzer) -> None:
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {}}
    assert rules(strict, {**definition, "spec": {"containers": [{"image": "x"}]}}) == set()


def test_the_items_of_a_list_are_judged(strict: Analyzer) -> None:
    items = [workload("Pod", pod()), workload("Pod", privileged())]
    (finding,) = strict.analyze_each([resource({"apiVersion": "v1", "kind": "PodList", "items": items})])
    assert finding.field == "items[1].spec.containers[0].securityContext.privileged"


def test_a_patch_is_judged_like_the_object(strict: Analyzer) -> None:
    assert rules(strict, workload("Pod", privileged()), "kubernetes:core/v1:PodPatch") == {"P01"}


def test_windows_pods_need_no_linux_fields(strict: Analyzer) -> None:
    windows = changed(pod(), "spec os", {"name": "windows"})
    windows = changed(windows, "spec containers 0 securityContext", REMOVED)
    assert rules(strict, workload("Pod", windows)) == set()
    assert rules(strict, workload("Pod", changed(windows, "spec os name", "linux"))) == {"P11", "P12", "P16"}


def test_user_namespaces_allow_root_but_not_an_unmasked_proc(strict: Analyzer) -> None:
    root = changed(changed(pod(), "spec hostUsers", False), "spec securityContext runAsUser", 0)
    assert rules(strict, workload("Pod", root)) == set()
    unmasked = changed(root, "spec containers 0 securityContext procMount", "Unmasked")
    assert rules(strict, workload("Pod", unmasked)) == {"P06"}


def test_bounds_of_the_pod_serve_for_its_containers(strict: Analyzer) -> None:
    bounds = {"cpu": "4", "memory": "16Gi"}
    shared = changed(pod(), "spec resources", {"requests": dict(bounds), "limits": dict(bounds)})
    assert rules(strict, workload("Pod", changed(shared, "spec initContainers 0 resources", REMOVED))) == set()


def test_gpu_nodes_may_be_selected_by_affinity(strict: Analyzer) -> None:
    expressions = [{"key": "nvidia.com/gpu.product", "operator": "In", "values": ["NVIDIA-H200"]}]
    required = {"nodeSelectorTerms": [{"matchExpressions": expressions}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    by_affinity = changed(changed(pod(), "spec nodeSelector", REMOVED), "spec affinity", affinity)
    assert rules(strict, workload("Pod", by_affinity)) == set()


@pytest.mark.parametrize(
    ("resource_name", "taint"),
    [
        ("nvidia.com/gpu.shared", "nvidia.com/gpu"),
        ("nvidia.com/mig-1g.10gb", "nvidia.com/gpu"),
        ("amd.com/gpu", "amd.com/gpu"),
        ("habana.ai/gaudi", "habana.ai/gaudi"),
    ],
)
def test_every_vendors_devices_and_parts_of_cards_are_gpus(strict: Analyzer, resource_name: str, taint: str) -> None:
    bounds = {"cpu": "2", "memory": "8Gi", resource_name: 1}
    toleration = {"key": taint, "operator": "Exists", "effect": "NoSchedule"}
    good = changed(pod(), "spec containers 0 resources", {"requests": dict(bounds), "limits": dict(bounds)})
    good = changed(good, "spec tolerations", [toleration])
    assert rules(strict, workload("Deployment", good)) == set()
    for path, value in (
        ("spec tolerations 0 key", "example.org/another"),
        ("spec nodeSelector", REMOVED),
        (f"spec containers 0 resources requests {resource_name}", 2),
    ):
        assert rules(strict, workload("Deployment", changed(good, path, value))) == {"M02"}


@pytest.mark.parametrize("resource_name", ["nvidia.com/gpu.shared", "nvidia.com/mig-1g.10gb", "nvidia.com/gpu"])
def test_two_parts_of_a_card_are_no_more_than_one(strict: Analyzer, resource_name: str) -> None:
    bounds = {"cpu": "2", "memory": "8Gi", resource_name: 2}
    twice = changed(pod(), "spec containers 0 resources", {"requests": dict(bounds), "limits": dict(bounds)})
    assert rules(strict, workload("Deployment", twice)) == ({"M02"} if resource_name != "nvidia.com/gpu" else set())


@pytest.mark.parametrize(
    ("kind", "template", "needed"),
    [
        ("Deployment", pod(), {"startupProbe", "readinessProbe", "livenessProbe"}),
        ("Job", pod(), set()),
        ("Deployment", changed(pod(), "metadata labels", {}), {"readinessProbe", "livenessProbe"}),
        ("Pod", changed(changed(pod(), "metadata labels", {}), "spec restartPolicy", "Never"), set()),
        ("DaemonSet", changed(changed(pod(), "metadata labels", {}), "spec containers 0 ports", []), set()),
    ],
    ids=["model server", "job", "other server", "pod that ends", "pause container without a port"],
)
def test_probes_are_needed_where_somebody_waits_for_an_answer(
    strict: Analyzer, kind: str, template: Manifest, needed: set[str]
) -> None:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        template = changed(template, f"spec containers 0 {probe}", REMOVED)
    findings = strict.analyze_each([resource(workload(kind, template))])
    assert {finding.remedy for finding in findings} == {f"Set {probe}." for probe in needed}


def test_sidecars_that_serve_need_probes(strict: Analyzer) -> None:
    sidecar = changed(pod(), "spec initContainers 0 restartPolicy", "Always")
    assert rules(strict, workload("Deployment", sidecar)) == set()
    serving = changed(sidecar, "spec initContainers 0 ports", [{"containerPort": 80}])
    assert rules(strict, workload("Deployment", serving)) == {"M04"}


@pytest.mark.parametrize(
    ("image", "path"),
    [
        ("nvcr.io/nvidia/tritonserver:26.01-py3", "/v2/health/ready"),
        ("docker.io/pytorch/torchserve:0.12.0-cpu", "/ping"),
    ],
)
def test_another_runtimes_readiness_is_its_own(strict: Analyzer, image: str, path: str) -> None:
    other = changed(pod(), "spec containers 0 image", image)
    ready = changed(other, "spec containers 0 readinessProbe httpGet path", path)
    assert "M04" in rules(strict, workload("Deployment", other))
    assert "M04" not in rules(strict, workload("Deployment", ready))
