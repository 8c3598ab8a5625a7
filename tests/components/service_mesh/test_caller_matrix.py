"""Who may send what to which model, for every pair: over network policies, mutual TLS and authorisation together.

What is declared is written down here by hand; what is allowed is computed from the objects of the whole program.
"""

import itertools
from collections.abc import Iterator

import pytest

from tests.components.service_mesh.evaluator import Pod, Request, is_allowed
from tests.components.service_mesh.stack_of_mesh import manifests, of_kind
from verification.client.open_inference.grpc import SERVICE
from verification.client.tensorflow_serving.grpc import METADATA, PREDICT, STATUS

NAMESPACE = "models-dev"
LOGIN = "https://login.example"
CLIENT = {"inference/model-client": "true"}

SOURCES = {
    "gateway": Pod(namespace="gateway", account="public-istio"),
    "another pod of the gateway's namespace": Pod(namespace="gateway", account="default"),
    "shop": Pod(namespace="shop", account="frontend"),
    "another account of shop": Pod(namespace="shop", account="backend"),
    "shop without a proxy": Pod(namespace="shop"),
    "lab": Pod(namespace="lab", account="anyone"),
    "batch": Pod(namespace="batch", account="nightly"),
    "a namespace of clients": Pod(namespace="clients", namespace_labels=CLIENT, account="default"),
    "a namespace that begins like lab": Pod(namespace="laboratory", account="anyone"),
    "another model": Pod(
        namespace=NAMESPACE,
        account="public",
        labels={"app.kubernetes.io/name": "public", "app.kubernetes.io/component": "model-server"},
    ),
    "verification": Pod(
        namespace=NAMESPACE,
        account="model-verification",
        labels={
            "app.kubernetes.io/name": "model-verification",
            "app.kubernetes.io/component": "model-verification",
        },
    ),
    "prometheus": Pod(namespace="monitoring"),
    "prometheus in the mesh": Pod(namespace="monitoring", account="prometheus"),
}
KEY, WITHDRAWN, FOREIGN_KEY = "platform-team/holder.2", "platform-team/holder.1", "somebody/holder.2"
# API keys are in a header of their own, which only those look at that know their issuer.
KEYS = (KEY, WITHDRAWN, FOREIGN_KEY)
TOKENS = (None, f"{LOGIN}/partner", f"{LOGIN}/somebody", "https://elsewhere.example/partner", *KEYS)
OF_LOGIN = (f"{LOGIN}/partner", f"{LOGIN}/somebody")
# A model that knows an issuer refuses the tokens of every other one; a model that knows none looks at no token.
OF_KNOWN = (None, *OF_LOGIN, *KEYS)
OF_KNOWN_KEYS = (None, *OF_LOGIN, KEY, WITHDRAWN)
# Who may call a model, with which tokens.
DECLARED = {
    "public": {"gateway": TOKENS, "verification": TOKENS},
    "guarded": {
        "gateway": (f"{LOGIN}/partner", KEY),
        "shop": OF_KNOWN_KEYS,
        "verification": OF_KNOWN_KEYS,
    },
    "internal": {"lab": OF_KNOWN, "batch": OF_LOGIN, "verification": OF_KNOWN},
    "stepwise": {"gateway": TOKENS, "verification": TOKENS},
    "imported": {"shop": TOKENS, "verification": TOKENS},
}
PORTS = {"public": (8501, 8500), "guarded": (8501, 8500), "internal": (8000, 8001), "imported": (8501, 8500)}
PORTS["stepwise"] = PORTS["public"]
# HTTP paths below the model's own, and gRPC methods: of clients, and of who manages the server.
TENSORFLOW, TRITON = "/tensorflow.serving", "/inference.GRPCInferenceService"
OF_TENSORFLOW = (
    ("", ":predict", "/metadata", "/versions/1:predict", "/versions/1/metadata", "/labels/stable:classify"),
    (PREDICT, METADATA, STATUS, *(f"{TENSORFLOW}.PredictionService/{each}" for each in ("Classify", "MultiInference"))),
    (f"{TENSORFLOW}.ModelService/HandleReloadConfigRequest", f"{TENSORFLOW}.SessionService/SessionRun"),
)
OF_TRITON = (
    ("", "/infer", "/ready", "/versions/1", "/versions/1/infer", "/versions/1/ready", "/generate_stream", "/config"),
    tuple(f"{SERVICE}/{each}" for each in ("ModelInfer", "ModelMetadata", "ModelReady", "ModelStreamInfer")),
    tuple(
        f"{TRITON}/{each}"
        for each in (
            *("RepositoryIndex", "RepositoryModelLoad", "RepositoryModelUnload", "TraceSetting", "LogSettings"),
            *("SystemSharedMemoryRegister", "SystemSharedMemoryUnregister", "CudaSharedMemoryRegister"),
        )
    ),
)
TRACING = ("/trace/setting", "/versions/1/trace/setting")
ELSEWHERE = (
    "/v2/repository/models/internal/unload",
    "/v2/trace/setting",
    "/v2/logging",
    "/monitoring/prometheus/metrics",
)
OTHER_PORTS = (22, 8002, 15000, 15090)


def pod_of(model: str) -> Pod:
    return Pod(
        namespace=NAMESPACE,
        account=model,
        labels={
            "app.kubernetes.io/name": model,
            "app.kubernetes.io/component": "model-server",
            "app.kubernetes.io/version": "1",
        },
    )


def operations(model: str) -> Iterator[tuple[int, str, str, bool]]:
    """Port, method and path, and whether they are a request to the model."""
    http, grpc = PORTS[model]
    is_triton = model == "internal"
    prefix = f"/v2/models/{model}" if is_triton else f"/v1/models/{model}"
    paths, called, managing = OF_TRITON if is_triton else OF_TENSORFLOW
    others = (f"{prefix}-other", *ELSEWHERE, "/", *(f"{prefix}{rest}" for rest in TRACING if is_triton))
    for path, is_request in (*((f"{prefix}{rest}", True) for rest in paths), *((other, False) for other in others)):
        for method in ("GET", "POST", "DELETE"):
            yield http, method, path, is_request and method != "DELETE"
            yield grpc, method, path, False
    for path in called:
        yield grpc, "POST", path, True
        yield grpc, "GET", path, False
        yield http, "POST", path, False
    for path in (*managing, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"):
        yield grpc, "POST", path, False
    for port in OTHER_PORTS:
        yield port, "GET", prefix, False


@pytest.mark.parametrize("model", DECLARED)
@pytest.mark.parametrize("source", SOURCES)
def test_allowed_is_what_is_declared(source: str, model: str) -> None:
    asked, wrong = 0, list[str]()
    for token, (port, method, path, is_request) in itertools.product(TOKENS, operations(model)):
        declared = is_request and token in DECLARED[model].get(source, ())
        request = Request(
            source=SOURCES[source],
            target=pod_of(model),
            port=port,
            method=method,
            path=path,
            token=token,
            header="x-api-key" if token in KEYS else "Authorization",
        )
        asked += 1
        if is_allowed(request, manifests()) is not declared:
            wrong.append(f"{method} :{port}{path} with token {token}: declared {declared}")
    assert wrong == []
    assert asked > 100


@pytest.mark.parametrize("model", DECLARED)
@pytest.mark.parametrize("source", SOURCES)
def test_metrics_are_read_by_prometheus_alone(source: str, model: str) -> None:
    request = Request(source=SOURCES[source], target=pod_of(model), port=15020, method="GET", path="/stats/prometheus")
    assert is_allowed(request, manifests()) is source.startswith("prometheus")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("port", [8500, 8501])
def test_nobody_calls_the_pods_that_are_no_servers(source: str, port: int) -> None:
    verification = SOURCES["verification"]
    if SOURCES[source] is not verification:
        assert not is_allowed(Request(source=SOURCES[source], target=verification, port=port), manifests())


def test_each_kind_of_object_refuses_somebody_by_itself() -> None:
    predict = {"target": pod_of("imported"), "port": 8501, "path": "/v1/models/imported:predict"}
    kinds = ("AuthorizationPolicy", "PeerAuthentication")

    def gets_in(request: Request, *left_out: str) -> bool:
        return is_allowed(request, [each for each in manifests() if each["kind"] not in left_out])

    other_account = Request(source=SOURCES["another account of shop"], **predict)
    assert not gets_in(other_account)
    assert gets_in(other_account, "AuthorizationPolicy")

    in_plain_text = Request(source=SOURCES["shop without a proxy"], **predict)
    assert not gets_in(in_plain_text, "AuthorizationPolicy")
    assert gets_in(in_plain_text, *kinds)

    metrics = Request(source=SOURCES["lab"], target=pod_of("imported"), port=15020)
    assert not gets_in(metrics, *kinds)
    assert gets_in(metrics, "NetworkPolicy")
    assert all(of_kind(kind) for kind in (*kinds, "NetworkPolicy"))
