"""Requests to a model through the real istiod and Envoy: the component's objects say who gets in, and who does not."""

import itertools
import json
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from components.service_mesh.istio import access_logs
from settings import Caller, Exposure, ModelMesh, TokenIssuer
from settings.cluster.access_logs import AccessLogs, LoggedRequests
from tests.components.models import model
from tests.components.service_mesh.meshed_proxy import METRICS, PREDICT, SAMPLE, Meshed, serving
from tests.components.service_mesh.requests_of_mesh import ask
from tests.components.service_mesh.running_mesh import Eventually, Ground, running_mesh
from tests.components.service_mesh.tokens import AUDIENCE, ISSUER, keys, token
from tests.inferencectl.rest import Rest

GRPC = "/tensorflow.serving.PredictionService/Predict"
RELOAD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
VERSIONS = "/v2/models/guarded/versions/{*}/infer"  # as Triton's


@pytest.fixture(scope="module")
def meshed(ground: Ground) -> Iterator[Meshed]:
    served = model("guarded", exposure=Exposure.GATEWAY, mesh=ModelMesh(callers=("shop", "partner")))
    with (
        serving() as server,
        running_mesh(
            ground,
            served,
            issuers=[TokenIssuer(name="login", issuer=ISSUER, audiences=(AUDIENCE,), jwks=keys())],
            callers=lambda shop: [
                Caller(name="shop", namespace=shop, service_account="frontend"),
                Caller(name="partner", issuer="login", subjects=("partner",)),
            ],
            servers={"HTTP": server},
            http_paths=[VERSIONS],
            access_logs=AccessLogs(),
        ) as running,
    ):
        yield running


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
    assert "authorization" not in json.loads(answer.text)["headers"]


def test_a_token_in_the_query_is_none(meshed: Meshed) -> None:
    """Addresses are written to logs."""
    assert meshed.status("gateway", path=f"{PREDICT}?access_token={token('partner')}") == 403


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


def test_a_request_is_logged_with_who_called_and_without_its_query(meshed: Meshed, eventually: Eventually) -> None:
    answered_at, refused_at = "/v2/models/guarded/versions/71/infer", "/refused/71"
    assert meshed.status("gateway", path=f"{answered_at}?patient=4711", token=token("partner")) == 200
    assert meshed.status("another account of shop", path=refused_at) == 403
    # Envoy writes its log once in ten seconds, if there is little to write; what earlier tests have asked comes first.
    eventually(lambda: refused_at in meshed.logged())
    answered, refused = (meshed.logged()[path] for path in (answered_at, refused_at))
    assert (answered["method"], answered["response_code"]) == ("POST", 200)
    assert answered["caller"] == f"spiffe://cluster.local/ns/{meshed.namespace}-gateway/sa/public-istio"
    assert answered["token_subject"] == "partner"
    assert answered["request_id"]
    assert "4711" not in json.dumps(answered)
    assert (refused["response_code"], refused["token_subject"]) == (403, None)
    assert refused["caller"].endswith("/sa/backend")


def test_of_errors_alone_no_good_answer_is_logged(meshed: Meshed, eventually: Eventually) -> None:
    path = f"/apis/telemetry.istio.io/v1/namespaces/{meshed.namespace}/telemetries/mesh-{access_logs.NAME}"
    only_errors = access_logs.of_namespace(AccessLogs(requests=LoggedRequests.ERRORS))
    Rest(meshed.api).merge(path, {"spec": only_errors.spec})
    numbers = itertools.count()

    def is_good_answer_logged() -> bool:
        number = next(numbers)
        good, bad = f"/v2/models/guarded/versions/72{number}/infer", f"/refused/72{number}"
        assert meshed.status("shop", path=good) == 200
        assert meshed.status("shop", path=bad) == 403
        eventually(lambda: bad in meshed.logged())
        return good in meshed.logged()

    eventually(lambda: not is_good_answer_logged())


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
