"""Probes at admission in a mesh: what Istio's webhook makes of a pod passes, and nothing that only looks like it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import ApiClient

from settings import Admission
from tests.policies.admission import GuardedNamespace, complete_workload, guarded_namespace
from tests.policies.manifests import DIGEST, REMOVED, Manifest, changed
from tests.policies.manifests import pod as model_server

TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "PodTemplate", "ReplicationController")
STATUS = "metadata annotations sidecar.istio.io/status"
AGENT = {"path": "/app-health/server/readyz", "port": 15020}
NO_LIVENESS = "M04 Containers have probes that fit their runtime (container istio-proxy): Set livenessProbe."
NOT_READY = (
    "M04 Containers have probes that fit their runtime (container server): Set readinessProbe.httpGet.path to "
    "/v1/models/NAME/versions/N/metadata."
)


def proxy() -> dict[str, Any]:
    """The proxy that the webhook adds where Istio's CNI plug-in is, as a native sidecar."""
    bounds = {"cpu": "100m", "memory": "128Mi"}
    ready = {"httpGet": {"path": "/healthz/ready", "port": 15021}}
    return {
        "name": "istio-proxy",
        "image": f"docker.io/istio/proxyv2:1.31.2@{DIGEST}",
        "restartPolicy": "Always",
        "ports": [{"name": "http-envoy-prom", "containerPort": 15090}],
        "resources": {"requests": bounds, "limits": bounds},
        "startupProbe": {**ready, "failureThreshold": 600},
        "readinessProbe": ready,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }


def injected() -> dict[str, Any]:
    """A model server as the webhook leaves it: with a proxy, with probes by its agent, and with what was done to it."""
    made = model_server()
    made["spec"]["initContainers"].append(proxy())
    made["spec"]["topologySpreadConstraints"][0]["whenUnsatisfiable"] = "DoNotSchedule"
    made["spec"]["containers"][0]["readinessProbe"]["httpGet"] = AGENT
    done = {"initContainers": ["istio-proxy"], "containers": None, "revision": "default"}
    made["metadata"]["annotations"]["sidecar.istio.io/status"] = json.dumps(done)
    return made


@pytest.fixture(scope="module")
def guarded(api_client: ApiClient) -> Iterator[GuardedNamespace]:
    with guarded_namespace(api_client, Admission()) as made:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "account"}}
        assert made.create({**account, "automountServiceAccountToken": False}, dry_run=False).is_accepted
        yield made


def message(guarded: GuardedNamespace, made: Manifest, kind: str = "Pod") -> str:
    return guarded.create(complete_workload(kind, made)).message


def test_a_pod_with_a_proxy_by_the_webhook_is_let_pass(guarded: GuardedNamespace) -> None:
    assert message(guarded, injected()) == ""


@pytest.mark.parametrize("status", [REMOVED, "", " "], ids=("none", "empty", "blank"))
def test_a_container_with_the_proxys_name_is_judged_as_any_other(guarded: GuardedNamespace, status: object) -> None:
    refused = message(guarded, changed(injected(), STATUS, status))
    assert NO_LIVENESS in refused
    assert NOT_READY in refused


@pytest.mark.parametrize("kind", TEMPLATES)
def test_no_template_passes_for_an_injected_pod(guarded: GuardedNamespace, kind: str) -> None:
    refused = message(guarded, injected(), kind)
    assert NO_LIVENESS in refused
    assert NOT_READY in refused


def test_in_an_injected_pod_only_the_proxy_is_let_off(guarded: GuardedNamespace) -> None:
    other = changed(injected(), "spec initContainers 1 name", "other")
    refused = message(guarded, other)
    assert "(container other): Set livenessProbe." in refused
    assert NOT_READY in refused
    unready = message(guarded, changed(injected(), "spec initContainers 1 readinessProbe", REMOVED))
    assert "(container istio-proxy): Set readinessProbe." in unready
    elsewhere = changed(injected(), "spec containers 0 readinessProbe httpGet path", "/app-health/server/livez")
    assert NOT_READY in message(guarded, elsewhere)
