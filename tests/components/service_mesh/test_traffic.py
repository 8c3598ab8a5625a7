"""Limits, retries and time-outs of requests to a model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from components.service_mesh.istio import traffic
from components.service_mesh.mesh_object import MeshObject
from settings import ConnectionPool, ModelMesh, Outliers, Retries, release_services
from tests.components.meshed import meshed_services
from tests.components.service_mesh.stack_of_mesh import EDITS, MODELS, of_kind, rendered


def test_every_address_of_a_model_has_limits() -> None:
    ruled = {rule["spec"]["host"] for rule in of_kind("DestinationRule")}
    retried = {
        host: {match["port"] for route in service["spec"]["http"] for match in route["match"]}
        for service in of_kind("VirtualService")
        for host in service["spec"]["hosts"]
    }
    services = {
        each["metadata"]["name"]: {port["port"] for port in each["spec"]["ports"]}
        for each in of_kind("Service")
        if not each["spec"].get("publishNotReadyAddresses")  # names of the pods of a StatefulSet
    }
    assert ruled == set(services)
    assert retried == services
    assert {name for name in services if name.startswith("stepwise")} == {
        *("stepwise", "stepwise-v1", "stepwise-v2"),
        *(name for name, _ in release_services("stepwise")),
    }


def objects_of(name: str, **wanted: Any) -> Sequence[MeshObject]:
    """The objects of a model of the examples with other wishes."""
    (args,) = [each for each in meshed_services() if each.model.name == name]
    model = args.model.model_copy(update={"mesh": ModelMesh(callers=("shop",), **wanted)})
    return traffic.objects(replace(args, model=model).meshed)


def test_each_pod_gets_what_it_understands_while_the_mesh_is_turned_on() -> None:
    """A rule that demands mutual TLS sends it to pods without a proxy as well."""
    rules = of_kind("DestinationRule")
    assert rules
    assert not [rule["metadata"]["name"] for rule in rules if "tls" in str(rule["spec"])]


def test_limits_are_those_of_the_settings() -> None:
    pool = ConnectionPool(max_connections=1, max_pending_requests=2, max_requests=3, connect_timeout_seconds=4)
    outliers = Outliers(consecutive_errors=5, interval_seconds=6, ejection_seconds=7, max_ejected_percent=8)
    policy = objects_of("public", connection_pool=pool, outliers=outliers)[0].spec["trafficPolicy"]
    assert policy["connectionPool"] == {
        "tcp": {"maxConnections": 1, "connectTimeout": "4s"},
        "http": {"http1MaxPendingRequests": 2, "http2MaxRequests": 3},
    }
    assert policy["outlierDetection"] == {
        "consecutiveGatewayErrors": 5,
        "consecutive5xxErrors": 0,
        "interval": "6s",
        "baseEjectionTime": "7s",
        "maxEjectionPercent": 8,
    }


@pytest.mark.parametrize(
    ("model", "near", "chosen"),
    [
        ("public", False, {"simple": "LEAST_REQUEST", "localityLbSetting": {"enabled": False}}),
        (
            "public",
            True,
            {
                "simple": "LEAST_REQUEST",
                "localityLbSetting": {"enabled": True, "failoverPriority": ["topology.kubernetes.io/zone"]},
            },
        ),
        ("sticky", False, {"consistentHash": {"useSourceIp": True}, "localityLbSetting": {"enabled": False}}),
    ],
)
def test_a_pod_is_chosen_by_its_load_or_for_the_client(model: str, near: bool, chosen: Mapping[str, Any]) -> None:
    assert objects_of(model, prefer_near=near)[0].spec["trafficPolicy"]["loadBalancer"] == chosen


def test_requests_are_sent_again_only_where_that_is_declared() -> None:
    retries = {
        each.name: [route["retries"] for route in each.spec["http"]]
        for args in meshed_services()
        for each in traffic.objects(args.meshed)
        if each.kind == "VirtualService"
    }
    safe = {"attempts": 2, "retryOn": "connect-failure,refused-stream"}
    of_internal = {"attempts": 2, "retryOn": "unavailable"}
    assert retries == {
        **{name: [safe, safe] for name in ("public", "public-v1", "public-v2", "guarded", "guarded-v1")},
        **{name: [safe, safe] for name in ("sticky", "sticky-v1", "stepwise", "stepwise-v1", "stepwise-v2")},
        **{name: [safe] for name, _ in release_services("stepwise")},
        **{name: [of_internal, of_internal] for name in ("internal", "internal-v1")},
    }


def test_no_retry_is_said_and_not_left_to_the_mesh() -> None:
    service = objects_of("sticky", retries=Retries(attempts=0))[-1]
    assert [route["retries"] for route in service.spec["http"]] == [{"attempts": 0}, {"attempts": 0}]


def test_a_time_out_holds_at_the_gateway_and_in_the_mesh() -> None:
    edits = {**EDITS, "models": [{**MODELS[1], "mesh": {"callers": ["partner", "shop"], "timeoutSeconds": 9}}]}
    text = rendered(edits)
    assert text.count("request: 9s") == 2
    assert text.count("timeout: 9s") == 4
