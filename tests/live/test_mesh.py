"""Models of the live stack in the mesh: istiod's webhook gives their pods a proxy, and the node leads traffic to it.

Nothing stands in for Istio here but its build of Envoy. Pods of the same namespace are the callers: one with the
declared ServiceAccount, one with another, and one without a proxy, which network policies let through all the same.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from components.metadata import MODEL_VERIFICATION
from components.model_service.runtimes import tensorflow_serving, triton
from components.service_mesh.profiles.istio import METRICS_PORT
from inferencectl.live_load import MODEL
from inferencectl.live_stack import EXAMPLE_REQUEST, NAMESPACE
from inferencectl.load.result import Protocol
from inferencectl.sandbox.controllers import prometheus
from inferencectl.sandbox.live import prometheus_pod
from inferencectl.sandbox.live.digits import TENSORFLOW
from inferencectl.stack_nodes import LIVE
from tests.live.entrance import GATEWAY, HOST, gateway_of
from tests.live.gateway_client import GatewayClient, gateway_client
from tests.live.live_model import LiveModel
from tests.live.under_load import soon_after
from tests.live_stack import LiveCheckout
from tests.waiting import soon

pytestmark = pytest.mark.slow("istiod, a gateway and Prometheus are started, and every model gets new pods")

SHOP, DECLARED, UNDECLARED, BARE = "shop", "frontend", "other", "bare"
MESH = {"profile": "istio", "callers": [{"name": SHOP, "namespace": SHOP, "serviceAccount": DECLARED}]}
SCALING = {"minReplicas": 1, "maxReplicas": 2, "cpuUtilizationPercent": None, "requestsPerSecond": 1000}
REST = f"http://{MODEL}.{NAMESPACE}.svc:{triton.HTTP_PORT}"
GRPC = f"{MODEL}.{NAMESPACE}.svc:{triton.GRPC_PORT}"
READY = "inference.GRPCInferenceService/ModelReady"
MANAGING = "inference.GRPCInferenceService/RepositoryIndex"
NAMED = b"\n\x06digits"
"""A message whose first field is the name of the model."""

_ASKED = """
import sys, urllib.error, urllib.request as r
url, data = sys.argv[1:]
try:
    print(r.urlopen(r.Request(url, data=data.encode() or None), timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code)
except (OSError, urllib.error.URLError) as error:
    print(type(getattr(error, "reason", error)).__name__)
"""
_CALLED = """
import sys, grpc
address, method, hexadecimal = sys.argv[1:]
call = grpc.insecure_channel(address).unary_unary("/" + method)
try:
    call(bytes.fromhex(hexadecimal), timeout=10)
    print(0)
except grpc.RpcError as error:
    print(error.code().value[0])
"""


class Meshed(LiveModel):
    """The stack in the mesh, and pods that call its models."""

    def asked(self, pod: str, url: str, data: str = "") -> str:
        """The status of an answer to a pod, or the name of the error where there is none."""
        return self._python(pod, _ASKED, url, data)

    def called(self, pod: str, method: str) -> int:
        """The status of a gRPC call from a pod."""
        return int(self._python(pod, _CALLED, GRPC, method, NAMED.hex()))

    def measured(self, query: str) -> list[Any]:
        """What Prometheus in the cluster answers."""
        found = "import json, sys, urllib.parse as p, urllib.request as r\nurl = sys.argv[1] + p.quote(sys.argv[2])\n"
        script = found + "print(json.dumps(json.load(r.urlopen(url, timeout=10))['data']['result']))"
        return json.loads(self._python(BARE, script, f"{prometheus_pod.ADDRESS}/api/v1/query?query=", query))

    def _python(self, pod: str, script: str, *arguments: str) -> str:
        run = ("exec", pod, f"--namespace={SHOP}", "--container=main", "--", "python3", "-c", script, *arguments)
        return self.kubectl(*run).strip()


@pytest.fixture(scope="module")
def meshed(live_stack: LiveCheckout) -> Iterator[Meshed]:
    """The stack with its mesh, gateway and Prometheus, and the callers; at the end the stack as it was."""
    file = live_stack.checkout.project.stack_file(LIVE)
    text = file.read_text(encoding="utf-8")
    platform = yaml.safe_load(text)["config"]["inference:platform"]
    model = Meshed(live=live_stack, settings=_in_mesh(platform), versions=platform["models"][0]["versions"])
    try:
        model.write()
        up = live_stack.run("up")
        assert up.code == 0, up.err
        live_stack.kubectl.apply_objects([_namespace(), *_callers(platform["images"]["tools"])])
        pods = (f"pod/{name}" for name in (DECLARED, UNDECLARED, BARE))
        model.kubectl("wait", "--for=condition=Ready", f"--namespace={SHOP}", "--timeout=120s", *pods)
        yield model
    finally:
        live_stack.kubectl.run("delete", "namespace", SHOP, "--ignore-not-found", "--wait=false")
        file.write_text(text, encoding="utf-8")
        back = live_stack.run("up")
    assert back.code == 0, back.err


def _in_mesh(platform: Mapping[str, Any]) -> Mapping[str, Any]:
    made = yaml.safe_load(yaml.safe_dump(dict(platform)))
    scraped = {"scraperNamespace": prometheus.NAMESPACE, "scrapeIntervalSeconds": 5}
    gateway = GATEWAY.model_dump(mode="json", by_alias=True, exclude_unset=True)
    made |= {"mesh": MESH, "gateway": gateway, "verification": {"schedule": "0 3 1 1 *"}}
    made["autoscaling"] = {"prometheus": prometheus_pod.ADDRESS, **scraped}
    made["verification"]["architectures"] = made["images"]["architectures"]
    for model in made["models"]:
        model.pop("replicas", None)
        model |= {"scaling": SCALING, "mesh": {"callers": [SHOP]}}
        if model["name"] == MODEL:
            model["exposure"] = "gateway"
    return made


# Models have priority: on a small node, callers that ask for more would be taken away for them.
_SMALL = {"sidecar.istio.io/proxyCPU": "10m", "sidecar.istio.io/proxyMemory": "64Mi"}


def _namespace() -> Mapping[str, Any]:
    labels = {"istio-injection": "enabled", "pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SHOP, "labels": labels}}


def _callers(image: str) -> Iterator[Mapping[str, Any]]:
    metadata = {"name": DECLARED, "namespace": SHOP}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    for name in (DECLARED, UNDECLARED, BARE):
        restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        user = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
        labels = {"sidecar.istio.io/inject": "false" if name == BARE else "true"}
        main = {"name": "main", "image": image, "command": ["sleep", "3600"], "securityContext": restricted}
        yield {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": SHOP, "labels": labels, "annotations": dict(_SMALL)},
            "spec": {
                "serviceAccountName": DECLARED if name == DECLARED else "default",
                "automountServiceAccountToken": False,
                "terminationGracePeriodSeconds": 0,
                "securityContext": user,
                "containers": [main],
            },
        }


def test_a_model_is_fetched_and_ready_with_a_proxy_beside_its_server(meshed: Meshed) -> None:
    for name in (MODEL, TENSORFLOW.name):
        selector = f"--selector=app.kubernetes.io/name={name},app.kubernetes.io/component=model-server"
        pods = meshed.live.get("pods", selector)["items"]
        pod = next(each for each in pods if "deletionTimestamp" not in each["metadata"])
        proxy, *others = (each for each in pod["spec"]["initContainers"] if each["name"] != "istio-validation")
        assert (proxy["name"], proxy["restartPolicy"]) == ("istio-proxy", "Always")
        assert all(each["securityContext"]["capabilities"] == {"drop": ["ALL"]} for each in (proxy, *others))
        statuses = {each["name"]: each for each in pod["status"]["initContainerStatuses"]}
        assert statuses["istio-validation"]["state"]["terminated"]["exitCode"] == 0
        assert {statuses[each["name"]]["state"]["terminated"]["exitCode"] for each in others} == {0}
        (server,) = pod["spec"]["containers"]
        # The kubelet asks the proxy's agent, which asks the server.
        assert server["readinessProbe"]["httpGet"]["path"] == f"/app-health/{server['name']}/readyz"
        assert pod["status"]["containerStatuses"][0]["ready"]


def test_a_declared_caller_is_answered_and_another_is_refused(meshed: Meshed) -> None:
    request = EXAMPLE_REQUEST.read_text(encoding="utf-8")
    infer = f"{REST}/v2/models/{MODEL}/infer"
    assert meshed.asked(DECLARED, infer, request) == "200"
    assert meshed.called(DECLARED, READY) == 0
    assert meshed.asked(UNDECLARED, infer, request) == "403"
    assert meshed.called(UNDECLARED, READY) == 7
    tensorflow = f"http://{TENSORFLOW.name}.{NAMESPACE}.svc:{tensorflow_serving.HTTP_PORT}/v1/models/{TENSORFLOW.name}"
    assert meshed.asked(DECLARED, tensorflow) == "200"
    assert meshed.asked(UNDECLARED, tensorflow) == "403"


def test_a_declared_caller_manages_no_server(meshed: Meshed) -> None:
    assert meshed.asked(DECLARED, f"{REST}/v2/repository/index", "{}") == "403"
    assert meshed.called(DECLARED, MANAGING) == 7


def test_plain_text_is_refused(meshed: Meshed) -> None:
    address = meshed.ready()[0]["status"]["podIP"]
    for server in (f"http://{address}:{triton.HTTP_PORT}", REST):
        # What refuses is the proxy, not the network: the connection is made, and reset.
        assert meshed.asked(BARE, f"{server}/v2/models/{MODEL}") in ("ConnectionResetError", "RemoteDisconnected")


@pytest.fixture(scope="module")
def client(meshed: Meshed) -> Iterator[GatewayClient]:
    way = gateway_of(meshed.live)
    with gateway_client(meshed.live.address(way.port), way.authority, HOST) as made:
        yield made


@pytest.mark.parametrize("protocol", Protocol)
def test_requests_come_through_the_gateway(client: GatewayClient, protocol: Protocol) -> None:
    assert client.ask(protocol).status == (200 if protocol is Protocol.REST else 0)


def test_verification_asks_the_servers_and_ends(meshed: Meshed) -> None:
    meshed.in_namespace("create", "job", "asked-once", f"--from=cronjob/{MODEL_VERIFICATION}")
    try:
        meshed.in_namespace("wait", "--for=condition=Complete", "job/asked-once", "--timeout=120s")
    finally:
        meshed.in_namespace("delete", "job", "asked-once")


def test_an_edit_of_who_may_call_acts_at_once(meshed: Meshed) -> None:
    policy = f"authorizationpolicy/{_policy(meshed)}"
    request = f"{REST}/v2/models/{MODEL}"
    principal = "/spec/rules/0/from/0/source/principals/-"
    added = [{"op": "add", "path": principal, "value": f"cluster.local/ns/{SHOP}/sa/default"}]
    assert meshed.asked(UNDECLARED, request) == "403"
    meshed.in_namespace("patch", policy, "--type=json", f"--patch={json.dumps(added)}")
    began = time.monotonic()
    soon(lambda: meshed.asked(UNDECLARED, request) == "200", "the caller is let in")
    seconds = time.monotonic() - began
    removed = [{"op": "remove", "path": f"{principal.removesuffix('-')}1"}]
    meshed.in_namespace("patch", policy, "--type=json", f"--patch={json.dumps(removed)}")
    soon(lambda: meshed.asked(UNDECLARED, request) == "403", "the caller is refused again")
    assert seconds < 10


def _policy(meshed: Meshed) -> str:
    policies = meshed.live.get("authorizationpolicies.security.istio.io")["items"]
    (name,) = (each["metadata"]["name"] for each in policies if each["metadata"]["name"].endswith(f"-{MODEL}"))
    return name


def test_prometheus_reads_metrics_from_the_proxys_agent_and_scaling_has_its_data(meshed: Meshed) -> None:
    scraped = soon_after(lambda: meshed.measured('up{job="models"} == 1'), "the models are scraped")
    assert {each["metric"]["instance"].rpartition(":")[2] for each in scraped} == {str(METRICS_PORT)}
    queries = [
        trigger["metadata"]["query"]
        for each in meshed.live.get("scaledobjects.keda.sh")["items"]
        for trigger in each["spec"]["triggers"]
    ]
    assert len(queries) == 2
    for query in queries:
        soon_after(lambda query=query: meshed.measured(query), f"there is data for {query}")
