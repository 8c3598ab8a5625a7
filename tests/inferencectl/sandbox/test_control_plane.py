"""What a sandbox offers: nodes, workloads that become ready, volumes, addresses, and the real admission chain."""

import http.client
import ssl
import subprocess
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, utils
from kubernetes.client.exceptions import ApiException

from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.toolchain.toolchain import Toolchain

Eventually = Callable[[Callable[[], object]], object]
# The client's models are generated without usable types.
Untyped = Any
CONTAINERS = [{"name": "main", "image": "image.example/main", "lifecycle": {"preStop": {"sleep": {"seconds": 60}}}}]
POD = {
    "terminationGracePeriodSeconds": 120,
    "initContainers": [{"name": "init", "image": "image.example/init"}],
    "containers": CONTAINERS,
    "tolerations": [{"operator": "Exists"}],
}


def _api(of: Callable[[client.ApiClient], object], api_client: client.ApiClient) -> Untyped:
    return of(api_client)


def _workload(kind: str, **spec: object) -> dict[str, Any]:
    labels = {"app": "demo"}
    template = {"metadata": {"labels": labels}, "spec": POD}
    manifest = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "demo"}}
    return {**manifest, "spec": {"selector": {"matchLabels": labels}, "template": template, **spec}}


def _claim(size: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": size}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "claim"}, "spec": spec}


def test_the_nodes_are_three_with_gpus_and_three_without_over_three_zones(api_client: client.ApiClient) -> None:
    nodes = _api(client.CoreV1Api, api_client).list_node().items
    gpus = {node.metadata.name: node.status.allocatable.get("nvidia.com/gpu") for node in nodes}
    zones = {node.metadata.labels["topology.kubernetes.io/zone"] for node in nodes if gpus[node.metadata.name]}
    assert sorted(str(count) for count in gpus.values()) == ["8", "8", "8", "None", "None", "None"]
    assert len(zones) == 3


def test_gpu_nodes_are_labelled_and_tainted_and_others_are_not(api_client: client.ApiClient) -> None:
    for node in _api(client.CoreV1Api, api_client).list_node().items:
        has_gpu = "nvidia.com/gpu" in node.status.allocatable
        taints = {(taint.key, taint.effect) for taint in node.spec.taints or []}
        assert (node.metadata.labels.get("nvidia.com/gpu.present") == "true") is has_gpu
        assert (("nvidia.com/gpu", "NoSchedule") in taints) is has_gpu


def test_a_deployment_becomes_available_and_its_pods_end_without_the_grace_period(
    api_client: client.ApiClient, namespace: str, eventually: Eventually
) -> None:
    utils.create_from_dict(api_client, _workload("Deployment", replicas=3), namespace=namespace)
    apps, core = _api(client.AppsV1Api, api_client), _api(client.CoreV1Api, api_client)
    eventually(lambda: apps.read_namespaced_deployment("demo", namespace).status.available_replicas == 3)
    apps.delete_namespaced_deployment("demo", namespace)
    eventually(lambda: not core.list_namespaced_pod(namespace).items)


def test_a_stateful_set_becomes_ready_with_a_volume_for_each_replica(
    api_client: client.ApiClient, namespace: str, eventually: Eventually
) -> None:
    manifest = _workload("StatefulSet", replicas=2, serviceName="demo", volumeClaimTemplates=[_claim("5Gi")])
    utils.create_from_dict(api_client, manifest, namespace=namespace)
    apps = _api(client.AppsV1Api, api_client)
    eventually(lambda: apps.read_namespaced_stateful_set("demo", namespace).status.ready_replicas == 2)
    claims = _api(client.CoreV1Api, api_client).list_namespaced_persistent_volume_claim(namespace).items
    assert [claim.status.phase for claim in claims] == ["Bound", "Bound"]


def test_a_daemon_set_becomes_ready_on_every_node(
    api_client: client.ApiClient, namespace: str, eventually: Eventually
) -> None:
    utils.create_from_dict(api_client, _workload("DaemonSet"), namespace=namespace)
    apps = _api(client.AppsV1Api, api_client)
    eventually(lambda: apps.read_namespaced_daemon_set("demo", namespace).status.number_ready == 6)


def test_a_job_completes(api_client: client.ApiClient, namespace: str, eventually: Eventually) -> None:
    template = {"spec": {**POD, "restartPolicy": "Never"}}
    manifest = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "demo"}, "spec": {"template": template}}
    utils.create_from_dict(api_client, manifest, namespace=namespace)
    eventually(lambda: _api(client.BatchV1Api, api_client).read_namespaced_job("demo", namespace).status.succeeded == 1)


def test_a_pod_that_asks_for_more_gpus_than_a_node_has_stays_pending(
    api_client: client.ApiClient, namespace: str, eventually: Eventually
) -> None:
    pod = {**POD, "containers": [{**CONTAINERS[0], "resources": {"limits": {"nvidia.com/gpu": "9"}}}]}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}, "spec": pod}
    utils.create_from_dict(api_client, manifest, namespace=namespace)

    def conditions() -> list[Untyped]:
        return _api(client.CoreV1Api, api_client).read_namespaced_pod("demo", namespace).status.conditions or []

    eventually(lambda: any(condition.reason == "Unschedulable" for condition in conditions()))


def test_a_claim_is_bound_released_and_bound_again(
    api_client: client.ApiClient, namespace: str, eventually: Eventually
) -> None:
    core = _api(client.CoreV1Api, api_client)

    def claims() -> list[Untyped]:
        return core.list_namespaced_persistent_volume_claim(namespace).items

    volumes = []
    for size in ("20Gi", "2Ti"):
        utils.create_from_dict(api_client, _claim(size), namespace=namespace)
        eventually(lambda: [claim.status.phase for claim in claims()] == ["Bound"])
        assert claims()[0].status.capacity == {"storage": size}
        volumes.append(claims()[0].spec.volume_name)
        core.delete_namespaced_persistent_volume_claim("claim", namespace)
        eventually(lambda: not claims())
    eventually(lambda: not {volume.metadata.name for volume in core.list_persistent_volume().items} & {*volumes})


def test_services_and_ingresses_get_an_address(
    api_client: client.ApiClient, namespace: str, eventually: Eventually
) -> None:
    core, networking = _api(client.CoreV1Api, api_client), _api(client.NetworkingV1Api, api_client)
    metadata = {"name": "demo"}
    service = {"type": "LoadBalancer", "selector": {"app": "demo"}, "ports": [{"port": 80}]}
    backend = {"defaultBackend": {"service": {"name": "demo", "port": {"number": 80}}}}
    for manifest in (
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service},
        {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": backend},
    ):
        utils.create_from_dict(api_client, manifest, namespace=namespace)
    eventually(lambda: core.read_namespaced_service("demo", namespace).status.load_balancer.ingress)
    eventually(lambda: networking.read_namespaced_ingress("demo", namespace).status.load_balancer.ingress)


def test_pod_security_refuses_a_privileged_pod(api_client: client.ApiClient, namespace: str) -> None:
    core = _api(client.CoreV1Api, api_client)
    core.patch_namespace(namespace, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})
    pod = {"containers": [{"name": "main", "image": "image.example/main", "securityContext": {"privileged": True}}]}
    with pytest.raises(ApiException, match="violates PodSecurity") as refused:
        core.create_namespaced_pod(namespace, {"metadata": {"name": "demo"}, "spec": pod})
    assert refused.value.status == 403


def test_a_service_account_has_no_rights_that_nobody_gave_it(
    control_plane: Cluster, tools: Toolchain, namespace: str
) -> None:
    command = [tools.kubectl, f"--kubeconfig={control_plane.kubeconfig}", f"--namespace={namespace}", "get", "secrets"]
    account = f"--as=system:serviceaccount:{namespace}:default"
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    refused = subprocess.run([*command, account], check=False, capture_output=True, text=True)
    assert "Forbidden" in refused.stderr


def test_a_validating_admission_policy_is_enforced(
    api_client: client.ApiClient, namespace: str, eventually: Eventually
) -> None:
    admission, core = _api(client.AdmissionregistrationV1Api, api_client), _api(client.CoreV1Api, api_client)
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    in_namespace = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    policy = {
        "matchConstraints": {"resourceRules": [rule], "namespaceSelector": in_namespace},
        "validations": [{"expression": "false", "message": "refused by the test's policy"}],
    }
    metadata = {"name": namespace}
    admission.create_validating_admission_policy({"metadata": metadata, "spec": policy})
    binding = {"policyName": namespace, "validationActions": ["Deny"]}
    admission.create_validating_admission_policy_binding({"metadata": metadata, "spec": binding})

    def is_refused() -> bool:
        try:
            core.create_namespaced_config_map(namespace, {"metadata": {"generateName": "demo-"}})
        except ApiException as error:
            return "refused by the test's policy" in str(error.body)
        return False

    eventually(is_refused)
    admission.delete_validating_admission_policy_binding(namespace)
    admission.delete_validating_admission_policy(namespace)


def test_gateway_routes_are_validated_by_the_upstream_schema(api_client: client.ApiClient, namespace: str) -> None:
    routes = _api(client.CustomObjectsApi, api_client)
    where = ("gateway.networking.k8s.io", "v1", namespace, "httproutes")
    manifest = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "demo"}}
    routes.create_namespaced_custom_object(*where, {**manifest, "spec": {"hostnames": ["models.example"]}})
    with pytest.raises(ApiException) as refused:
        routes.create_namespaced_custom_object(*where, {**manifest, "spec": {"hostnames": ["not a host name"]}})
    assert refused.value.status == 422


def test_the_server_answers_nobody_without_a_certificate(control_plane: Cluster) -> None:
    context = ssl._create_unverified_context()  # noqa: S323
    address = urllib.parse.urlsplit(control_plane.server)
    connection = http.client.HTTPSConnection(address.netloc, context=context, timeout=5)
    connection.request("GET", "/api")
    assert connection.getresponse().status == 401
    connection.close()


def test_only_the_owner_can_read_keys_and_kubeconfigs(control_plane: Cluster) -> None:
    directory = control_plane.kubeconfig.parent
    private = [control_plane.kubeconfig, directory / "state.json", *(directory / "pki").iterdir()]
    assert {_mode(path) for path in private} == {0o600}
    assert {_mode(directory), _mode(directory / "pki")} == {0o700}


def test_the_kubeconfig_names_the_sandbox_context(control_plane: Cluster) -> None:
    kubeconfig = yaml.safe_load(control_plane.kubeconfig.read_text())
    assert kubeconfig["current-context"] == "sandbox"
    assert [cluster["cluster"]["server"] for cluster in kubeconfig["clusters"]] == [control_plane.server]


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
