"""What a real API server is found to lack for a committed stack."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

import settings
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.doctor import Check, LookedAt, checks_of_cluster
from inferencectl.program.recording import record_program
from inferencectl.program.run import ProgramRun
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.workspace.errors import BAD_INPUT, FAILED
from tests.inferencectl.checkout import Checkout

ROOT = Path(__file__).parents[3]
KEY = "inference:platform"


def looked_at(api: client.ApiClient, namespace: str, **changes: Any) -> LookedAt:
    """The dev stack, as if its file had another namespace and these changes."""
    config = settings.read_stack_file(ROOT / "Pulumi.dev.yaml")
    platform = {**json.loads(config[KEY]), "namespace": namespace, **changes}
    config = {**config, KEY: json.dumps(platform)}
    recording = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=config)
    return LookedAt.of(api, ProgramRun(platform=settings.load("dev", config), recording=recording))


def lacks(checks: Iterator[Check]) -> list[str]:
    return [lack.what for check in checks for lack in check.lacks]


def test_what_is_missing_is_named_until_it_is_there(api_client: client.ApiClient, namespace: str) -> None:
    gateway = {"name": "public", "namespace": namespace, "hostname": "models.dev.example"}
    cluster = looked_at(api_client, namespace, gateway=gateway)
    found = lacks(checks_of_cluster(cluster))
    secret = f"there is no Secret {namespace}/model-storage, which Deployment {namespace}/mnist-v1 needs"
    route = f"there is no Gateway {namespace}/public, which HTTPRoute {namespace}/mnist needs"
    scaler = f"the cluster does not serve metrics.k8s.io, which HorizontalPodAutoscaler {namespace}/mnist-v1 asks"
    assert found == [secret, route, scaler]

    core, custom = client.CoreV1Api(api_client), client.CustomObjectsApi(api_client)
    core.create_namespaced_secret(namespace, {"metadata": {"name": "model-storage"}})
    listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    body = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "public"},
        "spec": {"gatewayClassName": "any", "listeners": [listener]},
    }
    custom.create_namespaced_custom_object("gateway.networking.k8s.io", "v1", namespace, "gateways", body)
    assert lacks(checks_of_cluster(cluster)) == [scaler]


def test_nothing_is_written(api_client: client.ApiClient, namespace: str) -> None:
    assert list(checks_of_cluster(looked_at(api_client, namespace)))
    apps = client.AppsV1Api(api_client)
    assert apps.list_namespaced_deployment(namespace).items == []


def test_kinds_that_nobody_defines(api_client: client.ApiClient, namespace: str) -> None:
    metadata = {"name": "x", "namespace": namespace}
    kinds = (("example.com/v1", "Widget"), ("keda.sh/v9", "ScaledObject"))
    others = [
        KubernetesObject(urn=kind, manifest={"apiVersion": version, "kind": kind, "metadata": metadata})
        for version, kind in kinds
    ]
    cluster = replace(looked_at(api_client, namespace), objects=others)
    check = next(checks_of_cluster(cluster))
    assert [(lack.what, lack.remedy.partition(",")[0]) for lack in check.lacks] == [
        ("the cluster does not know Widget of example.com", "install what provides the kind"),
        ("the cluster does not know ScaledObject of keda.sh", "install KEDA"),
    ]


def test_devices_that_no_node_offers(api_client: client.ApiClient, namespace: str) -> None:
    container = {"name": "c", "resources": {"limits": {"example.com/tpu": 1}}}
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "w", "namespace": namespace},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    cluster = replace(looked_at(api_client, namespace), objects=[KubernetesObject(urn="w", manifest=manifest)])
    asked = f"no node offers example.com/tpu, which Deployment {namespace}/w asks for"
    assert asked in lacks(checks_of_cluster(cluster))


def test_a_user_without_rights_is_told_which(control_plane: Cluster, namespace: str) -> None:
    with config.new_client_from_config(str(control_plane.kubeconfig)) as api:
        api.set_default_header("Impersonate-User", "somebody")
        cluster = looked_at(api, namespace)
        rights = next(check for check in checks_of_cluster(cluster) if check.subject == "rights of this user")
    told = [lack.what for lack in rights.lacks]
    assert f"you may not create, patch, delete Deployment.apps in the namespace {namespace}" in told
    assert "you may not create, patch, delete PriorityClass.scheduling.k8s.io" in told
    assert len(told) == len({(item.key.group_kind, item.key.namespace) for item in cluster.objects})


@pytest.fixture(scope="module")
def checkout(control_plane: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    root = tmp_path_factory.mktemp("doctor")
    return Checkout.copied_to(root, {"KUBECONFIG": str(control_plane.kubeconfig)})


def test_the_command_names_place_lack_and_remedy(checkout: Checkout) -> None:
    done = checkout.on_stack("doctor", "--cluster", "current")
    assert (done.code, done.is_plain) == (FAILED, True), done.err
    for line in (
        "this machine",
        "  lacks Pulumi, which deploys to a cluster that is there",
        "        - no program `pulumi` is on the PATH",
        "the cluster of sandbox, Kubernetes v1.",
        "  ok    rights of this user",
        "        - there is no Secret models-tiny/model-storage, which Deployment models-tiny/iris-v1 needs",
        "          make it: kubectl create secret generic model-storage --namespace models-tiny",
    ):
        assert line in done.out
    assert "tiny is deployed to the cluster of tiny: cluster.context; this one is sandbox" in done.err


def test_for_machines_it_is_json(checkout: Checkout) -> None:
    done = checkout.on_stack("doctor", "--cluster", "current", "--json")
    checks = json.loads(done.out)["checks"]
    assert done.code == FAILED
    assert [check["subject"] for check in checks["this machine"] if check["lacks"]]


def test_a_sandbox_needs_no_cluster(checkout: Checkout) -> None:
    done = checkout.on_stack("doctor")
    assert (done.code, done.err.count("error")) == (0, 0), done.err
    assert done.out.splitlines() == ["this machine", "  ok    the programs of the sandbox's control plane"]


def test_bad_input_is_one_error(checkout: Checkout) -> None:
    unknown = checkout.on_stack("doctor", "--cluster", "nowhere")
    assert (unknown.code, unknown.is_plain) == (BAD_INPUT, True)
    assert "has no context nowhere" in unknown.err
