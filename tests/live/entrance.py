"""The live stack's model behind its gateway: what a test deploys, asks through the proxy, and reads from it."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from components.model_service.runtimes.triton import GRPC_PORT, HTTP_PORT
from inferencectl.live_load import MODEL
from inferencectl.live_stack import LiveStack
from inferencectl.load.result import Protocol
from inferencectl.sandbox.cluster_status import Cluster
from inferencectl.sandbox.live import gateway_objects
from inferencectl.sandbox.live.gateway import LiveGateway
from inferencectl.stack_nodes import LIVE
from settings import Gateway, Mesh
from settings.cluster.access_logs import AccessLogs
from settings.cluster.owned_gateway.certificate import Certificate
from settings.cluster.owned_gateway.owned_gateway import OwnedGateway, ServiceType
from tests.live.gateway_client import GatewayClient, gateway_client
from tests.live.live_model import LiveModel, sandbox_of, silent
from tests.live.under_load import UnderLoad, assert_all_reported, requests, whole_load
from tests.live_stack import LiveCheckout

GATEWAY = Gateway(
    name="public",
    namespace="gateway",
    hostname="models.example",
    owned=OwnedGateway(
        create_namespace=False,
        service_type=ServiceType.CLUSTER_IP,
        replicas=1,
        certificate=Certificate(secret="gateway-tls"),
        access_logs=AccessLogs(),
    ),
)
HOST = f"{MODEL}.{GATEWAY.hostname}"
SERVICE = GATEWAY.name_of_istios_proxies
_PORTS = {str(HTTP_PORT): Protocol.REST, str(GRPC_PORT): Protocol.GRPC}
_CLUSTER = r"outbound\|(?P<port>\d+)\|\|(?P<service>[\w-]+)\.[^\"]+"
_SAMPLE = re.compile(rf'(?P<name>\w+)\{{cluster_name="{_CLUSTER}",?(?P<labels>[^}}]*)\}} (?P<value>\S+)')


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """The model behind the gateway, and a client of it."""

    model: LiveModel
    client: GatewayClient

    def versions(self, protocol: Protocol, times: int, headers: Mapping[str, str] | None = None) -> Counter[str]:
        """Ask so many times, all of which must be answered; returns how often each version did."""
        answers = [self.client.ask(protocol, headers) for _ in range(times)]
        assert {each.status for each in answers} == {200 if protocol is Protocol.REST else 0}
        return Counter(each.version for each in answers)

    def counts(self, metric: str = "upstream_rq_total", label: str = "") -> Counter[tuple[Protocol, str]]:
        """What Envoy has counted so far under the name `envoy_cluster_…`, of samples with a label such as `a="b"`."""
        found = Counter[tuple[Protocol, str]]()
        for sample in _SAMPLE.finditer(self._metrics()):
            if sample["name"] == f"envoy_cluster_{metric}" and label in sample["labels"] and sample["port"] in _PORTS:
                found[_PORTS[sample["port"]], sample["service"]] += int(float(sample["value"]))
        return found

    def access_log(self) -> Sequence[Mapping[str, Any]]:
        """The requests that the proxy has logged, oldest first."""
        text = self.model.kubectl("logs", f"deployment/{SERVICE}", f"--namespace={GATEWAY.namespace}")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def connects(self, address: str, port: int) -> bool:
        """Whether the proxy's pod gets a connection to an address of the cluster."""
        script = f"import socket as s; c = s.socket(); c.settimeout(3); print(c.connect_ex(({address!r}, {port})))"
        pod = ("exec", self.proxy(), f"--namespace={GATEWAY.namespace}", "--")
        return self.model.kubectl(*pod, "python3", "-c", script).strip() == "0"

    def address(self, namespace: str, service: str) -> str:
        """The address of a Service."""
        found = self.model.kubectl("get", "service", service, f"--namespace={namespace}", "--output=json")
        return json.loads(found)["spec"]["clusterIP"]

    def _metrics(self) -> str:
        port, path = gateway_objects.METRICS_PORT, gateway_objects.METRICS_PATH
        return self.model.kubectl("get", f"--raw={_pods()}/{self.proxy()}:{port}/proxy{path}")

    def proxy(self) -> str:
        """The name of the gateway's pod."""
        selector = f"--selector=gateway.networking.k8s.io/gateway-name={GATEWAY.name}"
        names = self.model.kubectl("get", "pods", f"--namespace={GATEWAY.namespace}", selector, "--output=name")
        (name,) = names.split()
        return name.removeprefix("pod/")


@contextmanager
def entered(
    live: LiveCheckout, *more: Mapping[str, object], autoscaling: Mapping[str, object] | None = None, **fields: object
) -> Iterator[Entrance]:
    """The stack with its gateway, and the model behind it with one pod a version; at the end the stack as it was.

    `more` are published versions beside that of the stack file, `autoscaling` is the stack's, and `fields` are the
    model's, in the settings' keys.
    """
    file = live.checkout.project.stack_file(LIVE)
    text = file.read_text(encoding="utf-8")
    platform = yaml.safe_load(text)["config"]["inference:platform"]
    versions = (*platform["models"][0]["versions"], *more)
    try:
        model = LiveModel(live=live, settings=_behind_the_gateway(platform, autoscaling, fields), versions=versions)
        model.write()
        up = live.run("up")
        assert up.code == 0, up.err
        way = gateway_of(live)
        with gateway_client(live.address(way.port), way.authority, HOST) as client:
            yield Entrance(model=model, client=client)
    finally:
        file.write_text(text, encoding="utf-8")
        back = live.run("up")
    assert back.code == 0, back.err


@contextmanager
def asked_through_the_gateway(entrance: Entrance, rate: int, also_trusted: str = "") -> Iterator[UnderLoad]:
    """The model, asked `rate` times a second and protocol over TLS through the gateway.

    Its clients trust the authority of the sandbox, and those that are `also_trusted` (PEM).
    """
    model = entrance.model
    load = replace(
        whole_load(model.live, rate),
        host=HOST,
        http_port=gateway_objects.PORT,
        grpc_port=gateway_objects.PORT,
        authority=gateway_of(model.live).authority.read_text(encoding="utf-8") + also_trusted,
    )
    with requests(model.live, load, "gateway-load", {HOST: entrance.address(GATEWAY.namespace, SERVICE)}) as running:
        yield UnderLoad(live=model.live, settings=model.settings, versions=model.versions, load=running)
    assert_all_reported(running.whole_report())


def _behind_the_gateway(
    platform: Mapping[str, Any], autoscaling: Mapping[str, object] | None, fields: Mapping[str, object]
) -> Mapping[str, Any]:
    made = yaml.safe_load(yaml.safe_dump(dict(platform)))
    made |= {"gateway": GATEWAY.model_dump(mode="json", by_alias=True, exclude_unset=True)} | (
        {"autoscaling": dict(autoscaling)} if autoscaling else {}
    )
    (model,) = (each for each in made["models"] if each["name"] == MODEL)
    model |= {"exposure": "gateway", "replicas": 1, **fields}
    return made


def gateway_of(live: LiveCheckout) -> LiveGateway:
    """The gateway, as the sandbox runs it."""
    cluster = Cluster(server="", kubeconfig=live.kubectl.kubeconfig)
    return LiveStack(sandbox=sandbox_of(live), training_python=Path()).gateway(cluster, GATEWAY, Mesh(), silent)


def _pods() -> str:
    return f"/api/v1/namespaces/{GATEWAY.namespace}/pods"
