"""Requests to a model through the real istiod and Envoy: the component's objects say who gets in, and who does not."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from kubernetes.client import ApiClient, CoreV1Api, V1Namespace, V1ObjectMeta, V1ServiceAccount

from components import ServiceMesh, ServiceMeshArgs
from inferencectl.deployer import kubernetes_objects
from inferencectl.deployer.resources import Resources
from inferencectl.program.recording import record
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.images.bases import PROXY
from inferencectl.sandbox.ports import LOOPBACK, free_ports
from inferencectl.sandbox.toolchain.toolchain import cache_directory
from settings import Caller, Exposure, Gateway, Mesh, MeshProfile, ModelMesh, TokenIssuer
from tests.components.models import model, service_args
from tests.components.service_mesh.istio_processes import (
    LABEL,
    Certificate,
    Istiod,
    Programs,
    ask,
    istiod,
    sidecar,
)
from tests.components.service_mesh.meshed_proxy import METRICS, PREDICT, SAMPLE, Meshed, scraped, serving
from tests.components.service_mesh.tokens import AUDIENCE, ISSUER, keys, token
from tests.inferencectl.rest import Rest

Eventually = Callable[[Callable[[], object]], object]

GRPC = "/tensorflow.serving.PredictionService/Predict"
RELOAD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
VERSIONS = "/v2/models/guarded/versions/{*}/infer"  # as Triton's


@pytest.fixture(scope="module")
def programs(istio_programs: Path) -> Programs:
    cache = cache_directory() / "images"
    files = {path: file for each in PROXY.contents for path, file in each.files(cache, lambda _: None).items()}
    return Programs(istio=istio_programs, envoy=Path(str(files["usr/local/bin/envoy"])))


@pytest.fixture(scope="module")
def meshed(
    api_client: ApiClient,
    control_plane: Cluster,
    programs: Programs,
    tmp_path_factory: pytest.TempPathFactory,
    eventually: Eventually,
) -> Iterator[Meshed]:
    own = f"mesh-{uuid.uuid4().hex[:8]}"
    accounts = {own: ["guarded"], f"{own}-istio": [], f"{own}-shop": ["frontend", "backend"]}
    accounts |= {f"{own}-gateway": ["public-istio", "other"]}
    directory = tmp_path_factory.mktemp("mesh")
    ports = free_ports(3)
    core = CoreV1Api(api_client)
    with ExitStack() as stack:
        for name, names in accounts.items():
            core.create_namespace(V1Namespace(metadata=V1ObjectMeta(name=name, labels={LABEL: "enabled"})))
            stack.callback(core.delete_namespace, name)
            for account in names:
                core.create_namespaced_service_account(name, V1ServiceAccount(metadata=V1ObjectMeta(name=account)))
        server = stack.enter_context(serving())
        labels = _apply(api_client, own, ports, server)
        control = stack.enter_context(
            istiod(programs, api_client, control_plane.kubeconfig, f"{own}-istio", directory / "istiod")
        )
        eventually(lambda: all(control.root(name) for name in accounts))
        agent = stack.enter_context(
            sidecar(
                control,
                namespace=own,
                account="guarded",
                labels=labels,
                scrape=scraped(server),
                directory=directory / "proxy",
            )
        )
        certificates = _certificates(control, directory, own)
        ready = Meshed(
            api=api_client,
            namespace=own,
            http_port=ports[0],
            grpc_port=ports[1],
            other_port=ports[2],
            agent_port=agent,
            certificates=certificates,
        )
        eventually(lambda: ready.status("shop") is not None)
        yield ready


def _certificates(control: Istiod, directory: Path, own: str) -> Mapping[str, Certificate]:
    callers = {
        "shop": (f"{own}-shop", "frontend"),
        "another account of shop": (f"{own}-shop", "backend"),
        "gateway": (f"{own}-gateway", "public-istio"),
        "another pod of the gateway's namespace": (f"{own}-gateway", "other"),
        "the model itself": (own, "guarded"),
    }
    return {who: control.certificate(directory, *of) for who, of in callers.items()}


def _apply(api: ApiClient, namespace: str, ports: tuple[int, ...], server: int) -> Mapping[str, str]:
    """The component's objects, and that the proxy listens by itself; returns the labels of the model's pods."""
    mesh = Mesh(
        profile=MeshProfile.ISTIO,
        issuers=(TokenIssuer(name="login", issuer=ISSUER, audiences=(AUDIENCE,), jwks=keys()),),
        callers=(
            Caller(name="shop", namespace=f"{namespace}-shop", service_account="frontend"),
            Caller(name="partner", issuer="login", subjects=("partner",)),
        ),
    )
    served = model("guarded", exposure=Exposure.GATEWAY, mesh=ModelMesh(callers=("shop", "partner")))
    gateway = Gateway(name="public", namespace=f"{namespace}-gateway", hostname="models.example")
    meshed = service_args(served, namespace, mesh=mesh, gateway=gateway).meshed
    args = ServiceMeshArgs(
        namespace=namespace,
        mesh=mesh,
        models=[replace(meshed, http_port=ports[0], grpc_port=ports[1], http_paths=(*meshed.http_paths, VERSIONS))],
    )

    def program() -> None:
        ServiceMesh("mesh", args, pulumi.ResourceOptions())

    resources = Resources(api)
    for item in kubernetes_objects(record(program, project="inference", stack="test")):
        resources.apply(item.manifest)
    ingress = [
        {
            "port": {"number": port, "name": f"http-{port}", "protocol": "HTTP"},
            "bind": LOOPBACK,
            "captureMode": "NONE",
            "defaultEndpoint": f"{LOOPBACK}:{server}",
        }
        for port in ports
    ]
    spec = {"workloadSelector": {"labels": dict(meshed.labels)}, "ingress": ingress, "egress": [{"hosts": ["~/*"]}]}
    metadata = {"name": "listening", "namespace": namespace}
    resources.apply({"apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": metadata, "spec": spec})
    return meshed.labels


def test_a_declared_caller_gets_an_answer(meshed: Meshed) -> None:
    answer = meshed.ask("shop")
    assert (answer.status, json.loads(answer.text)["path"]) == (200, PREDICT)
    assert meshed.status("shop", path="/v1/models/guarded", method="GET") == 200
    assert meshed.status("shop", path=GRPC, port=meshed.grpc_port) == 200


def test_plain_text_is_refused(meshed: Meshed) -> None:
    assert meshed.status(None) is None
    assert meshed.status(None, port=meshed.other_port) is None


@pytest.mark.parametrize(
    "who", ["another account of shop", "another pod of the gateway's namespace", "the model itself"]
)
def test_nobody_else_does(meshed: Meshed, who: str) -> None:
    assert meshed.status(who) == 403
    assert meshed.status(who, path=GRPC, port=meshed.grpc_port) == 403
    assert meshed.status(who, token=token("partner")) == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", PREDICT),
        ("POST", "/v1/models/guarded-other:predict"),
        ("POST", "/v2/repository/models/guarded/unload"),
        ("GET", METRICS),
        ("POST", GRPC),
        # The proxy decides by the path that the server would see.
        ("GET", "/v1/models/guarded/../../../monitoring/prometheus/metrics"),
        ("GET", "/v1/models/guarded/%2e%2e/%2e%2e/%2e%2e/monitoring/prometheus/metrics"),
    ],
)
def test_only_requests_to_the_model_are_let_in(meshed: Meshed, method: str, path: str) -> None:
    assert meshed.status("shop", method=method, path=path) == 403


def test_methods_of_a_service_are_let_in_one_by_one(meshed: Meshed) -> None:
    assert meshed.status("shop", path="/tensorflow.serving.ModelService/GetModelStatus", port=meshed.grpc_port) == 200
    assert meshed.status("shop", path=RELOAD, port=meshed.grpc_port) == 403


def test_a_segment_stands_for_a_version(meshed: Meshed) -> None:
    assert meshed.status("shop", path="/v2/models/guarded/versions/7/infer") == 200
    assert meshed.status("shop", path="/v2/models/guarded/versions/7/trace/setting") == 403
    assert meshed.status("shop", path="/v2/models/guarded/versions/7/8/infer") == 403


def test_a_port_that_nobody_may_call_is_closed(meshed: Meshed) -> None:
    assert meshed.status("shop", port=meshed.other_port) == 403


def test_by_the_gateway_a_token_is_needed(meshed: Meshed) -> None:
    assert meshed.status("gateway") == 403
    answer = meshed.ask("gateway", token=token("partner"))
    assert answer.status == 200
    # The server is not shown what it could use as the caller.
    assert json.loads(answer.text)["token"] is None


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (token("somebody"), 403),
        (token("partner", audience="another-service"), 403),
        (token("partner", key=rsa.generate_private_key(public_exponent=65537, key_size=2048)), 401),
        ("a.b.c", 401),
    ],
    ids=["of somebody else", "for another service", "signed by somebody else", "no token at all"],
)
def test_a_token_that_proves_nothing_is_refused(meshed: Meshed, shown: str, status: int) -> None:
    assert meshed.status("gateway", token=shown) == status


def test_prometheus_reads_the_servers_series_under_their_names_from_the_agent(meshed: Meshed) -> None:
    answer = ask(meshed.agent_port, None, "GET", "/stats/prometheus")
    assert answer.status == 200
    assert SAMPLE in answer.text
    assert "envoy_server_live" in answer.text
    assert "istio_agent_" in answer.text


def test_an_edited_policy_takes_effect(meshed: Meshed, eventually: Eventually) -> None:
    rest = Rest(meshed.api)
    path = f"/apis/security.istio.io/v1/namespaces/{meshed.namespace}/authorizationpolicies/mesh-guarded"
    rules = rest.get(path)["spec"]["rules"]
    (of_shop,) = [rule for rule in rules if "frontend" in str(rule)]
    others = [rule for rule in rules if rule != of_shop]
    backend = json.loads(json.dumps(of_shop).replace("/sa/frontend", "/sa/backend"))
    try:
        rest.merge(path, {"spec": {"rules": [*others, backend]}})
        eventually(lambda: meshed.status("shop") == 403)
        assert meshed.status("another account of shop") == 200
    finally:
        rest.merge(path, {"spec": {"rules": rules}})
    eventually(lambda: meshed.status("shop") == 200)
    assert meshed.status("another account of shop") == 403
