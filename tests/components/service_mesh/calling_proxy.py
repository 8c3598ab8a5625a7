"""A proxy of callers, and models behind it whose settings differ: what a request meets with is counted at their pods.

The Services, DestinationRules and VirtualServices are the program's, istiod and Envoy are real. Pods are servers of the
tests, which istiod learns of as it does of machines outside a cluster: the Services select them by their labels.
"""

import http.client
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import cast

import grpc
import pulumi
from kubernetes.client import CoreV1Api, V1Namespace, V1ObjectMeta, V1ServiceAccount

from components import ModelService, ServiceMesh, ServiceMeshArgs
from inferencectl.deployer import kubernetes_objects
from inferencectl.deployer.resources import Resources
from inferencectl.program.recording import record
from settings import Caller, ConnectionPool, Mesh, MeshProfile, ModelMesh, Outliers, Retries, RetryCondition
from tests.components.models import model, service_args
from tests.components.service_mesh.answering_pods import METHOD, Pod, loopback_address, pods, refusing
from tests.components.service_mesh.istio_processes import LABEL, istiod, sidecar
from tests.components.service_mesh.running_mesh import Ground

Sent = tuple[int | str, str]

REST, GRPC = 8501, 8500
_SECONDS = 20
_PATIENT = Outliers(consecutive_errors=1000)
EJECTION_SECONDS = 3
_SENT_AGAIN = (RetryCondition.GATEWAY_ERROR, RetryCondition.UNAVAILABLE)
WANTED: Mapping[str, ModelMesh] = {
    "slow": ModelMesh(timeout_seconds=1),
    "safe": ModelMesh(outliers=_PATIENT),
    "once": ModelMesh(outliers=_PATIENT, retries=Retries(attempts=0)),
    "again": ModelMesh(outliers=_PATIENT, retries=Retries(conditions=_SENT_AGAIN, idempotent=True)),
    "busy": ModelMesh(connection_pool=ConnectionPool(max_requests=1)),
    "waiting": ModelMesh(connection_pool=ConnectionPool(max_connections=1, max_pending_requests=1)),
    "failing": ModelMesh(
        outliers=Outliers(consecutive_errors=3, interval_seconds=1, ejection_seconds=EJECTION_SECONDS)
    ),
}
"""What each model asks of the mesh, by its name."""
REFUSED = ("safe", "once")
"""Those with one pod more, to which no connection can be made."""


@dataclass(frozen=True, kw_only=True)
class Calling:
    """A proxy that callers send requests to, and the pods of each model."""

    address: str
    namespace: str
    pods: Mapping[str, Sequence[Pod]]

    def send(self, name: str, protocol: str, to: str = "") -> Sent:
        """What becomes of a request to a model: its status, and what the proxy says of it."""
        host = f"{to or name}.{self.namespace}.svc.cluster.local"
        return (self._rest if protocol == "http" else self._grpc)(host)

    def statuses(self, name: str, protocol: str, count: int) -> list[int | str]:
        return [self.send(name, protocol)[0] for _ in range(count)]

    def counted(self, name: str, protocol: str) -> int:
        """The requests that the pods of a model have had."""
        return sum(pod.requests.count(protocol) for pod in self.pods[name])

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """The pods of a model keep what they are asked."""
        for pod in self.pods[name]:
            pod.released.clear()
        try:
            yield
        finally:
            for pod in self.pods[name]:
                pod.released.set()

    @contextmanager
    def failing(self, *served: Pod) -> Iterator[None]:
        """Pods answer that they cannot."""
        for pod in served:
            pod.fails = True
        try:
            yield
        finally:
            for pod in served:
                pod.fails = False

    def _rest(self, host: str) -> Sent:
        connection = http.client.HTTPConnection(self.address, REST, timeout=_SECONDS)
        try:
            connection.request("GET", "/v1/models/any", headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def _grpc(self, host: str) -> Sent:
        options = [("grpc.default_authority", host), ("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(f"{self.address}:{GRPC}", options=options) as channel:
            try:
                channel.unary_unary(METHOD)(b"", timeout=_SECONDS)
            except grpc.RpcError as error:
                answer = cast(grpc.Call, error)
                return answer.code().name, answer.details() or ""
            return "OK", ""


@contextmanager
def calling(ground: Ground) -> Iterator[Calling]:
    """The proxy and the models of :data:`WANTED`, which answer."""
    own = f"mesh-{uuid.uuid4().hex[:8]}"
    istio, shop = f"{own}-istio", f"{own}-shop"
    core = CoreV1Api(ground.api)
    with ExitStack() as stack:
        for name in (own, istio, shop):
            core.create_namespace(V1Namespace(metadata=V1ObjectMeta(name=name, labels={LABEL: "enabled"})))
            stack.callback(core.delete_namespace, name)
        core.create_namespaced_service_account(shop, V1ServiceAccount(metadata=V1ObjectMeta(name="frontend")))
        served = {name: stack.enter_context(pods(1 if name == "waiting" else 2)) for name in WANTED}
        refused = stack.enter_context(refusing())
        # The ports are those of the model's Services, so that each proxy of a machine needs an address.
        address = loopback_address()
        _apply(
            Resources(ground.api),
            own,
            shop,
            {**served, **{name: [*served[name], refused] for name in REFUSED}},
            address,
        )
        control = stack.enter_context(
            istiod(ground.programs, ground.api, ground.control_plane.kubeconfig, istio, ground.directory / "istiod")
        )
        ground.eventually(lambda: control.root(shop))
        stack.enter_context(
            sidecar(
                control, namespace=shop, account="frontend", labels={}, scrape={}, directory=ground.directory / "proxy"
            )
        )
        ready = Calling(address=address, namespace=own, pods=served)
        ground.eventually(lambda: all(_answers(ready, name) for name in WANTED))
        yield ready


def _answers(calling: Calling, name: str) -> bool:
    try:
        return [calling.send(name, "http")[0], calling.send(name, "grpc")[0]] == [200, "OK"]
    except OSError:
        return False


def _apply(resources: Resources, own: str, shop: str, served: Mapping[str, Sequence[Pod]], address: str) -> None:
    """The program's Services and objects of the mesh; of the test's own: the pods, and where the proxy listens."""
    mesh = Mesh(profile=MeshProfile.ISTIO, callers=(Caller(name="shop", namespace=shop, service_account="frontend"),))
    services = [
        service_args(model(name, mesh=wanted.model_copy(update={"callers": ("shop",)})), own, mesh=mesh)
        for name, wanted in WANTED.items()
    ]
    selected = {each.model.name: each.served[0].selector for each in services}
    args = ServiceMeshArgs(namespace=own, mesh=mesh, models=[each.meshed for each in services])

    def program() -> None:
        ServiceMesh("mesh", args, pulumi.ResourceOptions())
        for each in services:
            ModelService(each.model.name, each)

    for item in kubernetes_objects(record(program, project="inference", stack="test")):
        if item.manifest["kind"] == "Service" or "istio.io" in item.manifest["apiVersion"]:
            resources.apply(item.manifest)
    for name, found in served.items():
        for number, pod in enumerate(found):
            resources.apply(_entry(own, f"{name}-{number}", selected[name], pod))
    egress = [
        {
            "port": {"number": port, "name": protocol, "protocol": protocol.upper()},
            "bind": address,
            "captureMode": "NONE",
            "hosts": [f"{own}/*"],
        }
        for port, protocol in ((REST, "http"), (GRPC, "grpc"))
    ]
    metadata = {"name": "listening", "namespace": shop}
    spec = {"egress": egress}
    resources.apply({"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": metadata, "spec": spec})


def _entry(namespace: str, name: str, selected: Mapping[str, str], pod: Pod) -> Mapping[str, object]:
    """A pod for istiod alone: the Service finds it by its labels."""
    ports = {"http": pod.http_port, "grpc": pod.grpc_port}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "WorkloadEntry",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"address": pod.address, "labels": dict(selected), "ports": ports},
    }
