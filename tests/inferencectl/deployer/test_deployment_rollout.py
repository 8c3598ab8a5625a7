"""Rollouts are awaited as Pulumi awaits them, and one that does not come is explained."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from inferencectl.deployer import Action, Deployer
from inferencectl.deployer.diagnosis import MODEL_REFUSED
from inferencectl.deployer.readiness import ClusterState, readiness
from inferencectl.deployer.rollout import DEFAULT_TIMEOUT_SECONDS
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.deployer.manifests import claim, config_map, deployment, job, kubernetes_object, service
from tests.inferencectl.rest import Rest, config_maps, deployments

SHORT = {"pulumi.com/timeoutSeconds": "3"}
NOWHERE = {"nodeSelector": {"no-such-label": "anywhere"}}


def test_a_deployment_and_its_service_are_awaited(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deployer.deploy([service(namespace, "web"), deployment(namespace, "web", replicas=3)], print)
    assert rest.get(f"{deployments(namespace)}/web")["status"]["availableReplicas"] == 3
    slices = rest.items(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices").values()
    assert any(endpoint["conditions"]["ready"] for part in slices for endpoint in part["endpoints"])


def test_a_rollout_that_does_not_come_names_its_pods_reasons_and_warnings(deployer: Deployer, namespace: str) -> None:
    stuck = deployment(namespace, "web", annotations=SHORT, pod_spec=NOWHERE)
    started = time.monotonic()
    with pytest.raises(SandboxError) as caught:
        deployer.deploy([stuck, config_map(namespace, "a"), config_map(namespace, "after", stuck)], print)
    assert time.monotonic() - started < DEFAULT_TIMEOUT_SECONDS / 2
    text = caught.value.message
    found = rf"Deployment {namespace}/web is not ready after \d+ s: 1 of 1 replicas updated, 0 available"
    assert re.search(found, text)
    assert "Pod web-" in text
    assert "Unschedulable: " in text
    assert "warning: Pod web-" in text
    assert "FailedScheduling" in text
    assert caught.value.exit_code == 1


def test_what_depends_on_a_rollout_that_fails_is_not_made(deployer: Deployer, rest: Rest, namespace: str) -> None:
    stuck = deployment(namespace, "web", annotations=SHORT, pod_spec=NOWHERE)
    with pytest.raises(SandboxError):
        deployer.deploy([config_map(namespace, "after", stuck), stuck], print)
    assert "after" not in rest.items(config_maps(namespace))
    after = config_map(namespace, "after", deployment(namespace, "web"))
    assert len(deployer.deploy([after, deployment(namespace, "web")], print).changed) == 2


def test_pods_that_a_quota_forbids_are_explained_by_the_controllers_warning(deployer: Deployer, namespace: str) -> None:
    metadata = {"name": "none", "namespace": namespace}
    quota = kubernetes_object(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "0"}}}
    )
    with pytest.raises(SandboxError, match=r"warning: ReplicaSet web-.*FailedCreate: .*exceeded quota"):
        deployer.deploy([quota, deployment(namespace, "web", quota, annotations=SHORT)], print)


@pytest.fixture
def no_pods(rest: Rest, namespace: str) -> Callable[[], None]:
    """Forbid pods in the namespace, until what this returns is called."""
    quotas = f"/api/v1/namespaces/{namespace}/resourcequotas"
    none = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    rest.post(quotas, none)
    return lambda: rest.delete(f"{quotas}/none")


def test_a_failed_job_is_replaced_if_it_is_annotated_so(
    deployer: Deployer, namespace: str, no_pods: Callable[[], None]
) -> None:
    renewed = job(namespace, "import", annotations={"pulumi.com/replaceUnready": "true"}, deadline_seconds=2)
    with pytest.raises(SandboxError, match="DeadlineExceeded"):
        deployer.deploy([renewed], print)
    no_pods()
    (planned,) = deployer.preview([renewed]).changed
    (done,) = deployer.deploy([renewed], print).changed
    assert planned == done
    assert done.action is Action.REPLACE
    assert done.fields[0].before.startswith("DeadlineExceeded")


def test_a_failed_job_stays_without_the_annotation(
    deployer: Deployer, namespace: str, no_pods: Callable[[], None]
) -> None:
    kept = job(namespace, "import", deadline_seconds=2)
    with pytest.raises(SandboxError, match="DeadlineExceeded"):
        deployer.deploy([kept], print)
    no_pods()
    assert not deployer.preview([kept]).changed
    with pytest.raises(SandboxError, match="DeadlineExceeded"):
        deployer.deploy([kept], print)


def test_skip_await_is_honoured(deployer: Deployer, namespace: str) -> None:
    skipped = deployment(namespace, "web", annotations={"pulumi.com/skipAwait": "true"}, pod_spec=NOWHERE)
    # It is never ready: whoever waited for it would fail.
    assert len(deployer.deploy([skipped, config_map(namespace, "after", skipped)], print).changed) == 2


def test_a_wait_is_reported(deployer: Deployer, namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inferencectl.deployer.rollout._REPORT_EVERY_SECONDS", 0.2)
    lines: list[str] = []
    with pytest.raises(SandboxError):
        deployer.deploy([deployment(namespace, "web", annotations=SHORT, pod_spec=NOWHERE)], lines.append)
    waiting = (
        f"waiting for Deployment {namespace}/web: 1 of 1 replicas updated, 0 available, 0 old ones remaining; Pod web-"
    )
    (line, *_) = (line for line in lines if line.startswith(waiting))
    assert "Unschedulable: 0/" in line
    assert len(lines) == len(set(lines)), "a line is repeated only after a while, and with the time"


def test_the_program_says_how_long_an_object_may_take(deployer: Deployer, namespace: str) -> None:
    slow = replace(deployment(namespace, "web", pod_spec=NOWHERE), timeout_seconds=2)
    with pytest.raises(SandboxError, match=r"web is not ready after 2 s"):
        deployer.deploy([slow], print)
    annotated = deployment(namespace, "other", annotations={"pulumi.com/timeoutSeconds": "1"}, pod_spec=NOWHERE)
    with pytest.raises(SandboxError, match=r"other is not ready after 1 s"):
        deployer.deploy([replace(annotated, timeout_seconds=100)], print)


def test_a_wait_that_cannot_help_ends_early(
    deployer: Deployer, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inferencectl.deployer.rollout._REPORT_EVERY_SECONDS", 0.5)
    monkeypatch.setattr("inferencectl.deployer.diagnosis.UNSCHEDULABLE_SECONDS", 2.0)
    started = time.monotonic()
    with pytest.raises(
        SandboxError, match=r"web is not ready after \d+ s: pod web-\S+ has been unschedulable for \d s"
    ):
        deployer.deploy([replace(deployment(namespace, "web", pod_spec=NOWHERE), timeout_seconds=600)], print)
    assert time.monotonic() - started < 30


def test_a_model_that_is_refused_ends_the_wait_and_its_correction_is_deployed(
    deployer: Deployer, rest: Rest, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inferencectl.deployer.rollout._REPORT_EVERY_SECONDS", 0.5)
    pods = f"/api/v1/namespaces/{namespace}/pods"
    ended = {"terminated": {"exitCode": MODEL_REFUSED, "message": "model refused: not signed"}}
    brings = {"name": "fetch-model", "image": "x", "imageID": "x", "ready": False, "restartCount": 0, "state": ended}

    def refuse(line: str) -> None:
        if line.startswith("waiting for Deployment"):
            for name in rest.items(pods):
                rest.merge(f"{pods}/{name}/status", {"status": {"initContainerStatuses": [brings]}})

    with pytest.raises(SandboxError, match="cannot start: fetch-model: model refused: not signed"):
        deployer.deploy([replace(deployment(namespace, "web", pod_spec=NOWHERE), timeout_seconds=600)], refuse)
    deployer.deploy([replace(deployment(namespace, "web"), timeout_seconds=600)], print)


class Cluster(ClusterState):
    """One Service with endpoints, one class that binds late."""

    def has_endpoints(self, namespace: str, service: str) -> bool:
        return (namespace, service) == ("models", "served")

    def binds_late(self, storage_class: str) -> bool:
        return storage_class == "late"


def live(manifest: Mapping[str, Any], **status: object) -> Mapping[str, Any]:
    return {**manifest, "metadata": {**manifest["metadata"], "generation": 2}, "status": status}


WEB = deployment("models", "web", replicas=2).manifest
STATEFUL = {**WEB, "kind": "StatefulSet"}
DAEMON = {**WEB, "kind": "DaemonSet"}
IMPORT = job("models", "import").manifest
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "models"}}
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}
INGRESS = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i", "namespace": "models"}}
ADDRESSED = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
VOLUME = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"}}
COMPLETE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
SCHEDULED = {"observedGeneration": 2, "desiredNumberScheduled": 2, "numberAvailable": 2, "updatedNumberScheduled": 2}


def condition(name: str, **rest: str) -> list[dict[str, str]]:
    return [{"type": name, "status": "True", **rest}]


@pytest.mark.parametrize(
    ("state", "ready"),
    [
        (live(WEB, **COMPLETE), True),
        (live(WEB, **{**COMPLETE, "observedGeneration": 1}), False),
        (live(WEB, **{**COMPLETE, "replicas": 3}), False),
        (live(WEB, **{**COMPLETE, "updatedReplicas": 1}), False),
        (live(WEB, **{**COMPLETE, "availableReplicas": 1}), False),
        (live(WEB), False),
        (live(STATEFUL, **COMPLETE), True),
        (live(STATEFUL, **{**COMPLETE, "readyReplicas": 1}), False),
        (live(STATEFUL, **{**COMPLETE, "updatedReplicas": 1}), False),
        (live(DAEMON, **SCHEDULED), True),
        (live(DAEMON, **{**SCHEDULED, "numberAvailable": 1}), False),
        (live(DAEMON, **{**SCHEDULED, "updatedNumberScheduled": 1}), False),
        (live(IMPORT, conditions=condition("Complete")), True),
        (live(IMPORT, active=1), False),
        (live(POD, phase="Running", conditions=condition("Ready")), True),
        (live(POD, phase="Running"), False),
        (live(service("models", "served").manifest), True),
        (live(service("models", "other").manifest), False),
        (live(service("models", "other", clusterIP="None").manifest), True),
        (live(service("models", "other", selector={}).manifest), True),
        (live(service("models", "served", type="LoadBalancer").manifest), False),
        (live(service("models", "served", type="LoadBalancer").manifest, **ADDRESSED), True),
        (live(INGRESS), False),
        (live(INGRESS, **ADDRESSED), True),
        (live(claim("models", "c").manifest, phase="Bound"), True),
        (live(claim("models", "c").manifest, phase="Pending"), False),
        (live(claim("models", "c", storage_class="late").manifest, phase="Pending"), True),
        (live(QUOTA), False),
        (live(QUOTA, hard={"pods": "1"}), True),
        (live(VOLUME, phase="Available"), True),
        (live(VOLUME, phase="Pending"), False),
        (config_map("models", "a").manifest, True),
    ],
)
def test_readiness_by_kind(state: Mapping[str, Any], ready: bool) -> None:
    judged = readiness(state, Cluster())
    assert judged.ready is ready
    assert not judged.failed
    assert judged.ready or judged.detail


@pytest.mark.parametrize(
    "state",
    [
        live(IMPORT, conditions=condition("Failed", reason="BackoffLimitExceeded", message="too often")),
        live(POD, phase="Failed"),
    ],
)
def test_a_failure_is_not_waited_for(state: Mapping[str, Any]) -> None:
    assert readiness(state, Cluster()).failed
