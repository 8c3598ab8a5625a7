"""A change of a model's version: clients stay on the version that works until the new one is ready."""

from dataclasses import replace
from typing import Any

import pulumi
import pytest
from kubernetes.client import ApiClient

from components import ModelService
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.program.recording import Recording, record
from inferencectl.workspace.errors import SandboxError
from settings import Model, ResourceClass
from tests.components.models import model, service_args, version
from tests.inferencectl.rest import Rest

NO_NODE_HOLDS_IT = ResourceClass(cpu="900", memory="8Gi")


def recorded(served: Model, namespace: str, **fields: Any) -> Recording:
    def program() -> None:
        args = service_args(served, namespace, priority_class_name="system-cluster-critical", **fields)
        ModelService("mnist", args, pulumi.ResourceOptions())

    return record(program, project="inference", stack=namespace)


def deploy(api: ApiClient, namespace: str, recording: Recording, timeout_seconds: float | None = None) -> None:
    objects = kubernetes_objects(recording)
    if timeout_seconds:
        objects = tuple(replace(item, timeout_seconds=timeout_seconds) for item in objects)
    Deployer(api, namespace).deploy(objects, lambda _: None)


def versions_behind(rest: Rest, namespace: str) -> tuple[str, list[str]]:
    """The version that the stable address selects, and those of the ready pods it leads to."""
    core = f"/api/v1/namespaces/{namespace}"
    selected = rest.get(f"{core}/services/mnist")["spec"]["selector"]["app.kubernetes.io/version"]
    pods = {pod["metadata"]["name"]: pod for pod in rest.items(f"{core}/pods").values()}
    slices = rest.items(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices").values()
    ready = [
        pods[endpoint["targetRef"]["name"]]["metadata"]["labels"]["app.kubernetes.io/version"]
        for part in slices
        if part["metadata"]["labels"]["kubernetes.io/service-name"] == "mnist"
        for endpoint in part["endpoints"] or ()
        if endpoint["conditions"]["ready"]
    ]
    return selected, sorted(set(ready))


@pytest.mark.parametrize("exposure", ["cluster-ip", "gateway"])
def test_a_version_that_never_becomes_ready_gets_no_clients(
    api_client: ApiClient, namespace: str, exposure: str
) -> None:
    rest = Rest(api_client)
    scaling = {"scaling": None, "replicas": 1, "exposure": exposure}
    deploy(api_client, namespace, recorded(model(versions=(version(1),), **scaling), namespace))
    assert versions_behind(rest, namespace) == ("1", ["1"])

    failing = recorded(model(versions=(version(2),), **scaling), namespace, resources=NO_NODE_HOLDS_IT)
    with pytest.raises(SandboxError, match=r"mnist-v2 is not ready"):
        deploy(api_client, namespace, failing, timeout_seconds=3)
    assert versions_behind(rest, namespace) == ("1", ["1"])
    if exposure == "gateway":
        route = rest.get(f"/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/httproutes/mnist")
        assert {each["name"] for rule in route["spec"]["rules"] for each in rule["backendRefs"]} == {"mnist-v1"}

    deploy(api_client, namespace, recorded(model(versions=(version(2),), **scaling), namespace))
    assert versions_behind(rest, namespace) == ("2", ["2"])
    assert set(rest.items(f"/apis/apps/v1/namespaces/{namespace}/deployments")) == {"mnist-v2"}


@pytest.mark.parametrize("stateful", [False, True])
def test_the_wait_follows_the_settings(stateful: bool) -> None:
    patient = model(load_timeout_seconds=900, scaling=None, replicas=2, stateful=stateful)
    kinds = {"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"}
    (servers,) = (each for each in recorded(patient, "models").resources if each.type in kinds)
    # Two pods one after the other, each with five further attempts of TensorFlow Serving a minute apart and two seconds
    # for its files; ten minutes beside.
    assert servers.timeout_seconds == 2 * (900 + 5 * 60 + 2) + 600
