"""The namespace of an installed Prometheus: closed, and opened to what its pods need and to nothing else."""

from collections.abc import Mapping
from typing import Any

import pytest

from components import AddOn, prometheus_operator
from inferencectl.deployer import plain_objects
from inferencectl.program.recording import record
from tests.components.add_on.installed_monitoring import EVERYTHING, monitoring, servers

Policy = Mapping[str, Any]


def policies(**installation: Any) -> Mapping[str, Policy]:
    def program() -> None:
        AddOn("operator", prometheus_operator("models", servers(monitoring(**installation))))

    recording = record(program, project="inference", stack="test")
    made = (item.manifest for item in plain_objects(recording))
    return {each["metadata"]["name"]: each["spec"] for each in made if each["kind"] == "NetworkPolicy"}


def peers(rules: list[Mapping[str, Any]], way: str) -> set[tuple[str, int]]:
    """Whom the rules name, each with a port, 0 for any."""
    return {
        (_name(peer), port.get("port", 0)) for rule in rules for peer in rule[way] for port in rule.get("ports") or [{}]
    }


def _name(peer: Mapping[str, Any]) -> str:
    if "ipBlock" in peer:
        return peer["ipBlock"]["cidr"]
    namespace = peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name", "own")
    assert peer.get("podSelector") is not None or namespace != "own"
    return namespace


def test_all_is_closed_first() -> None:
    assert policies()["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_pods_reach_each_other_and_names() -> None:
    inside = policies()["inside"]
    assert peers(inside["ingress"], "from") == {("own", 0)}
    assert peers(inside["egress"], "to") == {("own", 0), ("kube-system", 53)}


def test_all_but_alertmanager_ask_the_api_server() -> None:
    found = policies()["api-server"]
    assert peers(found["egress"], "to") == {("10.0.0.0/16", 443), ("10.0.0.0/16", 6443)}
    (out,) = found["podSelector"]["matchExpressions"]
    assert (out["operator"], out["values"]) == ("NotIn", ["alertmanager"])
    assert found["policyTypes"] == ["Egress"]


def test_prometheus_reaches_what_it_scrapes() -> None:
    found = policies()["prometheus"]
    namespaces = {("models", 0), ("gpu-software", 0), ("keda", 0), ("istio-system", 0)}
    assert peers(found["egress"], "to") == {*namespaces, ("10.0.0.0/16", 10250)}
    assert found["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}


def test_who_scales_by_its_series_may_ask_for_them() -> None:
    assert peers(policies()["prometheus"]["ingress"], "from") == {("keda", 9090)}


@pytest.mark.parametrize(("installation", "found"), [({}, False), (EVERYTHING, True)], ids=["not", "set"])
def test_the_store_and_the_receivers_are_reached_only_where_they_are_set(
    installation: Mapping[str, Any], *, found: bool
) -> None:
    made = policies(**installation)
    assert (("192.0.2.0/24", 443) in peers(made["prometheus"]["egress"], "to")) is found
    assert ("alertmanager" in made) is found
    if found:
        assert peers(made["alertmanager"]["egress"], "to") == {("198.51.100.0/24", 0)}
        assert made["alertmanager"]["policyTypes"] == ["Egress"]
