"""A model that cannot run twice: the old version stops before the new one starts, and a failure can be undone."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from kubernetes.client import ApiClient

from components import ModelService
from inferencectl.deployer import kubernetes_objects
from inferencectl.deployer.objects import waves
from inferencectl.program.recording import record
from inferencectl.workspace.errors import SandboxError
from settings import Model, Rollout, Scaling, Strategy
from tests.components.model_service.test_version_change import NO_NODE_HOLDS_IT, deploy, recorded, versions_behind
from tests.components.models import KEDA, model, service_args, version
from tests.inferencectl.rest import Rest

RECREATE = Rollout(strategy=Strategy.RECREATE)
REPLICAS = 3


def switched(old: int, new: int, **fields: Any) -> Model:
    """A model whose clients are sent to version `new`; version `old` is still in the settings."""
    fixed: dict[str, Any] = {"scaling": None, "replicas": REPLICAS, "rollout": RECREATE}
    return model(versions=(version(old, 0), version(new, 100)), **{**fixed, **fields})


def made(served: Model, **fields: Any) -> Mapping[tuple[str, str], tuple[int, Any]]:
    """How deep each object is in the order of deployment, and its manifest, by kind and name."""

    def program() -> None:
        ModelService("mnist", service_args(served, **fields), pulumi.ResourceOptions())

    objects = kubernetes_objects(record(program, project="inference", stack="test"))
    depth = waves(objects)
    return {(item.key.kind, item.key.name): (depth[item.urn], item.manifest) for item in objects}


def test_the_old_version_is_stopped_before_the_new_one_starts() -> None:
    # The order is that of the weights, whatever the numbers and the order in the settings.
    for old, new in ((1, 2), (2, 1)):
        objects = made(switched(old, new))
        stopped, stopping = objects["Deployment", f"mnist-v{old}"]
        running, starting = objects["Deployment", f"mnist-v{new}"]
        assert stopped < running < objects["Service", "mnist"][0]
        assert (stopping["spec"]["replicas"], starting["spec"]["replicas"]) == (0, REPLICAS)
        # Nothing can be ready behind the address of a version that is stopped.
        assert objects["Service", f"mnist-v{old}"][1]["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
        assert "annotations" not in objects["Service", f"mnist-v{new}"][1]["metadata"]


def test_a_rollout_within_a_version_needs_no_room_for_another_pod() -> None:
    strategy = made(switched(1, 2))["Deployment", "mnist-v2"][1]["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": 0, "maxUnavailable": 1}


def test_a_stateful_model_stops_as_well() -> None:
    objects = made(switched(1, 2, stateful=True))
    assert objects["StatefulSet", "mnist-v1"][0] < objects["StatefulSet", "mnist-v2"][0]
    assert objects["StatefulSet", "mnist-v1"][1]["spec"]["replicas"] == 0


def test_no_autoscaler_starts_a_stopped_version() -> None:
    by_cpu = Scaling(min_replicas=2, max_replicas=4)
    objects = made(switched(1, 2, replicas=None, scaling=by_cpu))
    assert ("HorizontalPodAutoscaler", "mnist-v2") in objects
    assert ("HorizontalPodAutoscaler", "mnist-v1") not in objects
    assert objects["Deployment", "mnist-v1"][1]["spec"]["replicas"] == 0
    assert "replicas" not in objects["Deployment", "mnist-v2"][1]["spec"]

    by_load = Scaling(min_replicas=2, max_replicas=4, requests_per_second=10)
    objects = made(switched(1, 2, replicas=None, scaling=by_load), autoscaling=KEDA)
    paused, scaler = objects["ScaledObject", "mnist-v1"]
    assert scaler["metadata"]["annotations"] == {"autoscaling.keda.sh/paused-replicas": "0"}
    assert paused < objects["Deployment", "mnist-v1"][0] < objects["Deployment", "mnist-v2"][0]
    assert "annotations" not in objects["ScaledObject", "mnist-v2"][1]["metadata"]


@pytest.mark.parametrize("stateful", [False, True])
def test_a_version_is_changed_and_changed_back_where_both_do_not_fit(
    api_client: ApiClient, namespace: str, stateful: bool
) -> None:
    rest = Rest(api_client)
    quota = {"metadata": {"name": "models"}, "spec": {"hard": {"pods": str(REPLICAS)}}}
    rest.post(f"/api/v1/namespaces/{namespace}/resourcequotas", quota)
    first = model(versions=(version(1),), scaling=None, replicas=REPLICAS, rollout=RECREATE, stateful=stateful)
    deploy(api_client, namespace, recorded(first, namespace))

    deploy(api_client, namespace, recorded(switched(1, 2, stateful=stateful), namespace))
    assert versions_behind(rest, namespace) == ("2", ["2"])
    # Version 1 is needed to go back; it leaves the settings once it is not.
    deploy(api_client, namespace, recorded(switched(2, 1, stateful=stateful), namespace))
    assert versions_behind(rest, namespace) == ("1", ["1"])


def test_after_a_failure_the_address_stays_and_the_old_version_can_be_started_again(
    api_client: ApiClient, namespace: str
) -> None:
    rest = Rest(api_client)
    deploy(api_client, namespace, recorded(switched(2, 1), namespace))
    failing = recorded(switched(1, 2), namespace, resources=NO_NODE_HOLDS_IT)
    with pytest.raises(SandboxError, match=r"mnist-v2 is not ready"):
        deploy(api_client, namespace, failing, timeout_seconds=3)
    assert versions_behind(rest, namespace) == ("1", [])
    deploy(api_client, namespace, recorded(switched(2, 1), namespace))
    assert versions_behind(rest, namespace) == ("1", ["1"])
