"""Pods on the real node do what pods do: they answer, have names, are confined, and can be looked into."""

import json

import pytest

from inferencectl.sandbox.node import addresses
from inferencectl.workspace.errors import SandboxError
from tests.real_node import Live
from tests.waiting import soon

pytestmark = pytest.mark.real_node
DROPPED = "TimeoutError"


def test_the_real_node_is_ready_beside_the_simulated_ones(live: Live) -> None:
    nodes = json.loads(live.kubectl.run("get", "nodes", "--output=json"))["items"]
    versions = {node["metadata"]["name"]: node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes}
    real = {name for name, version in versions.items() if not version.startswith("kwok")}
    assert real == {addresses.NODE}
    assert len(versions) > 1


def test_a_pod_is_simulated_only_if_it_tolerates_that(live: Live) -> None:
    simulated = live.pod("simulated")
    simulated["spec"]["tolerations"] = [{"key": addresses.SIMULATED_TAINT, "operator": "Exists"}]
    simulated["spec"]["nodeSelector"] = {"topology.kubernetes.io/zone": "sandbox-a"}
    live.apply(live.pod("real"), simulated)
    live.wait_for_pods("real", "simulated")
    assert live.get("pod/real")["spec"]["nodeName"] == addresses.NODE
    assert live.get("pod/simulated")["spec"]["nodeName"].startswith("cpu-sandbox-a")
    networks = {live.get(f"pod/{name}")["status"]["podIP"].rpartition(".")[0] for name in ("real", "simulated")}
    assert len(networks) == 2


def test_a_pod_answers_by_its_address_its_cluster_address_and_its_name(live: Live) -> None:
    live.apply(live.pod("client"), *live.server("server"))
    live.wait_for_pods("client", "server")
    cluster_address = live.get("service/server")["spec"]["clusterIP"]
    pod_address = live.get("pod/server")["status"]["podIP"]
    names = ("server", f"server.{live.namespace}", f"server.{live.namespace}.svc.cluster.local")
    for address in (f"{pod_address}:8080", cluster_address, *names):
        soon(lambda address=address: live.fetch("client", f"http://{address}/") == "server", address)
    assert live.fetch("client", "http://not-there/") == "gaierror"


def test_logs_exec_and_port_forward_go_through_the_api_server(live: Live) -> None:
    live.apply(live.pod("talker", "print('hello from the pod'); import time; time.sleep(3600)"))
    live.wait_for_pods("talker")
    assert live.run("logs", "talker") == "hello from the pod\n"
    assert live.python_in("talker", "print(6 * 7)") == "42"
    with pytest.raises(SandboxError, match="exit code 3"):
        live.python_in("talker", "raise SystemExit(3)")


def test_a_pod_talks_to_the_api_server_with_its_own_identity(live: Live) -> None:
    asking = live.pod("asking")
    asking["spec"]["automountServiceAccountToken"] = True
    live.apply(asking)
    live.wait_for_pods("asking")
    script = """
import ssl, urllib.request as r, urllib.error
own = "/var/run/secrets/kubernetes.io/serviceaccount/"
headers = {"Authorization": "Bearer " + open(own + "token").read()}
request = r.Request("https://kubernetes.default.svc/api/v1/nodes", headers=headers)
try: r.urlopen(request, context=ssl.create_default_context(cafile=own + "ca.crt"), timeout=5)
except urllib.error.HTTPError as e: print(e.code, e.read().decode())
"""
    answer = live.python_in("asking", script)
    assert answer.startswith("403 ")
    assert f"system:serviceaccount:{live.namespace}:default" in answer


def test_a_pod_is_confined_as_its_security_context_says(live: Live) -> None:
    live.apply(live.pod("confined"))
    live.wait_for_pods("confined")
    status = dict(
        line.split(":\t", 1) for line in live.python_in("confined", "print(open('/proc/1/status').read())").splitlines()
    )
    assert status["Uid"].split() == ["10001"] * 4
    assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    written = live.python_in("confined", "try: open('/x', 'w')\nexcept OSError as e: print(e.strerror)")
    assert written == "Read-only file system"


def test_a_pod_that_takes_more_memory_than_it_may_is_killed_for_that(live: Live) -> None:
    greedy = live.pod("greedy", "x = bytearray(200 << 20)", resources={"limits": {"memory": "64Mi", "cpu": "500m"}})
    greedy["spec"]["restartPolicy"] = "Never"
    live.apply(greedy)
    soon(lambda: live.get("pod/greedy")["status"]["phase"] == "Failed", "the pod is killed")
    (container,) = live.get("pod/greedy")["status"]["containerStatuses"]
    ended = container["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def test_an_image_that_is_not_there_is_told(live: Live) -> None:
    live.apply(live.pod("imageless", image="inference.local/nothing:000000000000"))

    def reason() -> str:
        statuses = live.get("pod/imageless")["status"].get("containerStatuses", [{"state": {}}])
        return statuses[0]["state"].get("waiting", {}).get("reason", "")

    soon(lambda: reason() in {"ErrImagePull", "ImagePullBackOff"}, "the reason")
