"""Each way in, by one setting, deployed for real."""

from typing import Any

import pytest
from kubernetes.client import ApiClient

from settings import Exposure, Scaling
from tests.components.model_service.one_model import deploy_model
from tests.components.models import MODELS, model
from tests.inferencectl.rest import Rest


def deployed(api: ApiClient, namespace: str, exposure: Exposure) -> Rest:
    """A model with ``exposure`` in ``namespace``, ready."""
    fields = MODELS.get(exposure.value, {"exposure": exposure})
    served = model(**{**fields, "scaling": Scaling(min_replicas=1, max_replicas=1)})

    deploy_model(api, namespace, served)
    return Rest(api)


def service(rest: Rest, namespace: str) -> dict[str, Any]:
    return rest.get(f"/api/v1/namespaces/{namespace}/services/mnist")


def ports(of: dict[str, Any]) -> dict[str, int]:
    return {port["name"]: port["port"] for port in of["spec"]["ports"]}


@pytest.mark.parametrize("exposure", [Exposure.CLUSTER_IP, Exposure.GATEWAY, Exposure.INGRESS])
def test_inside_the_cluster_there_is_always_an_address(
    api_client: ApiClient, namespace: str, exposure: Exposure
) -> None:
    made = service(deployed(api_client, namespace, exposure), namespace)
    assert made["spec"]["type"] == "ClusterIP"
    assert made["spec"]["clusterIP"] != "None"
    assert ports(made) == {"grpc": 8500, "http": 8501}


def test_a_node_port_is_open_on_every_node(api_client: ApiClient, namespace: str) -> None:
    made = service(deployed(api_client, namespace, Exposure.NODE_PORT), namespace)
    assert made["spec"]["type"] == "NodePort"
    assert all(port["nodePort"] >= 30_000 for port in made["spec"]["ports"])


def test_a_load_balancer_has_its_address_when_the_deployment_ends(api_client: ApiClient, namespace: str) -> None:
    rest = deployed(api_client, namespace, Exposure.LOAD_BALANCER)
    assert service(rest, namespace)["status"]["loadBalancer"]["ingress"]


def test_an_ingress_leads_to_the_stable_address_over_tls(api_client: ApiClient, namespace: str) -> None:
    rest = deployed(api_client, namespace, Exposure.INGRESS)
    made = rest.get(f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses/mnist")
    (rule,) = made["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert rule["host"] == made["spec"]["tls"][0]["hosts"][0] == "mnist.models.example"
    assert (path["path"], path["backend"]["service"]["name"]) == ("/v1/models/mnist", "mnist")
    assert made["status"]["loadBalancer"]["ingress"]


def test_a_route_splits_between_the_services_of_the_versions(api_client: ApiClient, namespace: str) -> None:
    rest = deployed(api_client, namespace, Exposure.GATEWAY)
    made = rest.get(f"/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/httproutes/mnist")
    assert made["spec"]["parentRefs"][0]["name"] == "public"
    for rule in made["spec"]["rules"]:
        backends = {backend["name"]: backend["weight"] for backend in rule["backendRefs"]}
        assert backends == {"mnist-v1": 90, "mnist-v2": 10}
        for backend in backends:
            rest.get(f"/api/v1/namespaces/{namespace}/services/{backend}")
