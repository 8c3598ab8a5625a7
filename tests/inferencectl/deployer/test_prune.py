"""The order in which objects leave, where a controller has made more of one of them."""

from concurrent.futures import ThreadPoolExecutor

from kubernetes.client import ApiClient

from inferencectl.changes import Action
from inferencectl.deployer.inventory import Entry
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.prune import prune
from inferencectl.deployer.resources import Manifest, Resources
from tests.waiting import soon

HELD = "test/held"
"""Keeps a route for as long as the test likes, as a busy garbage collector might."""


def made(
    resources: Resources, api_version: str, kind: str, namespace: str, spec: Manifest, **metadata: object
) -> Manifest:
    named = {"name": "model-http", "namespace": namespace, **metadata}
    return resources.apply({"apiVersion": api_version, "kind": kind, "metadata": named, "spec": spec})


def test_a_service_stays_until_flaggers_route_to_it_is_gone(api_client: ApiClient, namespace: str) -> None:
    resources = Resources(api_client)
    service = made(resources, "v1", "Service", namespace, {"ports": [{"port": 8501}]})
    target = {"apiVersion": "v1", "kind": "Service", "name": "model-http"}
    analysis = {"interval": "10s", "threshold": 1, "stepWeights": [50]}
    spec = {"targetRef": target, "service": {"port": 8501}, "analysis": analysis}
    canary = made(resources, "flagger.app/v1beta1", "Canary", namespace, spec)
    owner = {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "name": "model-http",
        "uid": canary["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    owned = {"finalizers": [HELD], "ownerReferences": [owner]}
    route = made(
        resources, "gateway.networking.k8s.io/v1", "HTTPRoute", namespace, {"hostnames": ["a.example"]}, **owned
    )
    of_route, of_canary, of_service = (ObjectKey.of(each) for each in (route, canary, service))
    leaving = [
        Entry(key=key, urn=key.kind, wave=wave, protect=False) for wave, key in enumerate((of_service, of_canary))
    ]
    with ThreadPoolExecutor(1) as pool:
        pruning = pool.submit(prune, resources, leaving, lambda _message: None)
        try:
            soon(lambda: "deletionTimestamp" in (resources.get(of_route) or route)["metadata"], "the route leaves")
            assert resources.live([of_canary, of_service]).keys() == {of_canary, of_service}
        finally:
            made(resources, "gateway.networking.k8s.io/v1", "HTTPRoute", namespace, {"hostnames": ["a.example"]})
        changes = pruning.result(60)
    assert [each.action for each in changes] == [Action.DELETE, Action.DELETE]
    assert resources.live([of_route, of_canary, of_service]) == {}
