"""Network policies on the real node, with packets: for each that is let through, one that is not."""

import pytest

from tests.real_node import Live
from tests.waiting import soon

pytestmark = pytest.mark.real_node
DROPPED = "TimeoutError"
REFUSED = "ConnectionRefusedError"


def _policy(name: str, selects: dict[str, object], **spec: object) -> dict[str, object]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": selects, **spec},
    }


def _is_dropped(answer: str) -> bool:
    # kube-router rejects; a rule that drops would time out.
    return answer in {DROPPED, REFUSED}


def test_only_clients_that_a_policy_names_reach_a_server_and_only_at_its_port(live: Live) -> None:
    live.apply(live.pod("friend"), live.pod("stranger"), *live.server("server"))
    live.wait_for_pods("friend", "stranger", "server")
    for client in ("friend", "stranger"):
        soon(lambda client=client: live.fetch(client, "http://server/") == "server", f"{client} without a policy")
    friend = {"podSelector": {"matchLabels": {"app": "friend"}}}
    live.apply(
        _policy("deny", {}, policyTypes=["Ingress"]),
        _policy("allow", {"matchLabels": {"app": "server"}}, ingress=[{"from": [friend], "ports": [{"port": 8080}]}]),
    )
    soon(lambda: _is_dropped(live.fetch("stranger", "http://server/")), "the stranger is refused")
    assert live.fetch("friend", "http://server/") == "server"
    # The kubelet's probes pass: the pod stays ready.
    assert live.get("pod/server")["status"]["containerStatuses"][0]["ready"]
    live.apply(
        _policy("allow", {"matchLabels": {"app": "server"}}, ingress=[{"from": [friend], "ports": [{"port": 1}]}])
    )
    soon(lambda: _is_dropped(live.fetch("friend", "http://server/")), "another port is refused")


def test_a_pod_leaves_only_for_where_a_policy_lets_it(live: Live) -> None:
    live.apply(live.pod("client"), *live.server("near"), *live.server("far"))
    live.wait_for_pods("client", "near", "far")
    near = {"podSelector": {"matchLabels": {"app": "near"}}}
    names = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    rules = [{"to": [near], "ports": [{"port": 8080}]}, {"to": [names], "ports": [{"port": 53, "protocol": "UDP"}]}]
    live.apply(_policy("egress", {"matchLabels": {"app": "client"}}, policyTypes=["Egress"], egress=rules))
    soon(lambda: _is_dropped(live.fetch("client", "http://far/")), "far is refused")
    # kube-router sends whole tables to the kernel, and the pod's chain is there a moment before all of its peers are.
    soon(lambda: live.is_answered("client", "http://near/", "near"), "near is reached")
    # Nor does it reach the API server, which every other pod does.
    assert _is_dropped(live.fetch("client", "https://kubernetes.default/"))
    live.apply(_policy("egress", {"matchLabels": {"app": "client"}}, policyTypes=["Egress"], egress=rules[:1]))
    soon(lambda: live.fetch("client", "http://near/") in {"gaierror", DROPPED}, "names are refused")
