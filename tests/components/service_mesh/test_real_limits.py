"""Limits and API keys through the real istiod and Envoy: how much each caller gets, and whose limit a request counts
towards."""

import json
import queue
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import grpc
import pytest

from inferencectl.api_keys import key_pair
from settings import Caller, Exposure, ModelMesh, RateLimit, TokenIssuer
from tests.components.models import model
from tests.components.service_mesh.grpc_caller import called_as, echoing
from tests.components.service_mesh.meshed_proxy import Meshed, serving
from tests.components.service_mesh.requests_of_mesh import Answer
from tests.components.service_mesh.running_mesh import Eventually, Ground, running_mesh
from tests.components.service_mesh.tokens import AUDIENCE, ISSUER, Keys, keys, token

HEADER = "x-api-key"
LARGEST = 4096
# A request more after five seconds.
PER_MINUTE = 12
METHODS = "/tensorflow.serving.PredictionService"
CALLERS = ("shop", "kitchen", "partner", "trial", "rival")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    file = tmp_path_factory.mktemp("keys") / "keys.pem"
    public = json.dumps({"keys": [key_pair.public(key_pair.make(file))]})
    issuer = TokenIssuer(name="keys", issuer="platform-team", audiences=(AUDIENCE,), jwks=public, header=HEADER)
    return Keys(file=file, issuer=issuer)


@pytest.fixture(scope="module")
def meshed(ground: Ground, signed: Keys) -> Iterator[Meshed]:
    limits = (
        *(RateLimit(caller=name, requests_per_minute_per_pod=PER_MINUTE) for name in ("shop", "partner")),
        RateLimit(caller="trial", requests_per_minute_per_pod=2),
        RateLimit(caller="kitchen", requests_per_minute_per_pod=60, burst_requests=1000),
    )
    wanted = ModelMesh(callers=CALLERS, rate_limits=limits, max_request_bytes="4Ki")
    with (
        serving() as server,
        echoing() as streaming,
        running_mesh(
            ground,
            model("guarded", exposure=Exposure.GATEWAY, mesh=wanted),
            issuers=[signed.issuer, TokenIssuer(name="login", issuer=ISSUER, audiences=(AUDIENCE,), jwks=keys())],
            callers=lambda shop: [
                Caller(name="shop", namespace=shop, service_account="frontend"),
                Caller(name="kitchen", namespace=shop, service_account="backend"),
                Caller(name="partner", issuer="keys", subjects=("partner.1", "partner.2", "partner.3")),
                Caller(name="trial", issuer="keys", subjects=("partner.3",)),
                Caller(name="rival", issuer="login", subjects=("rival",)),
            ],
            servers={"HTTP": server, "GRPC": streaming},
            # Istio lets in who is of `cluster.local`, whatever its own domain is called; so limits have to hold there.
            trust_domain="models.example",
        ) as running,
    ):
        yield running


@dataclass(frozen=True, kw_only=True)
class Client:
    """Somebody who asks, with what it shows."""

    meshed: Meshed
    who: str
    headers: Mapping[str, str]

    def ask(self, **forged: str) -> Answer:
        return self.meshed.ask(
            self.who, headers={**self.headers, **{name.replace("_", "-"): text for name, text in forged.items()}}
        )

    def exhaust(self) -> Answer:
        """Ask until the limit says no."""
        for _ in range(PER_MINUTE * 2):
            answer = self.ask()
            if answer.status != 200:
                return answer
        raise AssertionError("no limit")


@pytest.fixture
def clients(meshed: Meshed, signed: Keys) -> Mapping[str, Client]:
    shown = {
        "partner": {HEADER: signed.of("partner", "partner.1")},
        "rival": {"authorization": f"Bearer {token('rival')}"},
    }
    who = {"shop": "shop", "kitchen": "another account of shop", "partner": "gateway", "rival": "gateway"}
    return {name: Client(meshed=meshed, who=of, headers=shown.get(name, {})) for name, of in who.items()}


@pytest.mark.parametrize(("limited", "other"), [("shop", "kitchen"), ("partner", "rival")])
def test_one_caller_at_its_limit_does_not_affect_another(
    clients: Mapping[str, Client], limited: str, other: str, eventually: Eventually
) -> None:
    refused = clients[limited].exhaust()
    assert refused.status == 429
    assert refused.headers["x-ratelimit-limit"] == str(PER_MINUTE)
    assert 0 < int(refused.headers["x-ratelimit-reset"]) <= 60
    assert {clients[other].ask().status for _ in range(PER_MINUTE * 2)} == {200}
    eventually(lambda: clients[limited].ask().status == 200)


FORGED = {
    "x_forwarded_client_cert": "By=spiffe://cluster.local/ns/x/sa/y;URI=spiffe://cluster.local/ns/shop/sa/backend",
    "x_forwarded_for": "192.0.2.1",
    "x_envoy_peer_metadata_id": "sidecar~192.0.2.1~backend.shop~shop.svc.cluster.local",
    "x_caller": "kitchen",
}


def test_a_header_does_not_change_whose_limit_counts(clients: Mapping[str, Client], signed: Keys) -> None:
    clients["shop"].exhaust()
    assert clients["shop"].ask(**FORGED).status == 429
    # Of a caller that carries no token, a token changes nothing.
    assert clients["shop"].ask(authorization=f"Bearer {token('rival')}").status == 429
    clients["partner"].exhaust()
    assert clients["kitchen"].ask(x_api_key=signed.of("partner", "partner.1")).status == 200


def test_all_keys_of_a_caller_share_its_limit(clients: Mapping[str, Client], signed: Keys) -> None:
    clients["partner"].exhaust()
    assert clients["partner"].ask(x_api_key=signed.of("partner", "partner.2")).status == 429


def test_a_key_of_two_callers_has_the_limits_of_both(
    clients: Mapping[str, Client], signed: Keys, eventually: Eventually
) -> None:
    own = {"x_api_key": signed.of("trial", "partner.3")}
    clients["partner"].exhaust()
    of_partner = clients["partner"].ask(**own)
    assert (of_partner.status, of_partner.headers["x-ratelimit-limit"]) == (429, str(PER_MINUTE))
    eventually(lambda: clients["partner"].ask(**own).headers["x-ratelimit-limit"] == "2")


def test_who_is_refused_uses_up_nothing(clients: Mapping[str, Client], meshed: Meshed) -> None:
    def remaining() -> int:
        return int(clients["kitchen"].ask().headers["x-ratelimit-remaining"])

    before = remaining()
    for _ in range(PER_MINUTE):
        assert meshed.status(clients["kitchen"].who, path="/v1/models/another:predict") == 403
    assert remaining() >= before - 1


def test_a_key_opens_the_model_and_the_server_does_not_see_it(
    clients: Mapping[str, Client], eventually: Eventually
) -> None:
    answers: list[Answer] = []
    eventually(lambda: answers.append(clients["partner"].ask()) or answers[-1].status == 200)
    assert HEADER not in json.loads(answers[-1].text)["headers"]


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"sub": "partner.0"}, 403),
        ({"exp": 1_000_000_000}, 401),
        ({"aud": "another-service"}, 403),
        ({"iss": "https://elsewhere.example"}, 401),
    ],
    ids=["withdrawn", "expired", "for another service", "of an issuer that is not configured"],
)
def test_a_key_that_proves_nothing_is_refused(
    meshed: Meshed, signed: Keys, claims: Mapping[str, object], status: int
) -> None:
    assert meshed.status("gateway", headers={HEADER: signed.with_claims(**claims)}) == status


def test_a_token_of_an_unknown_issuer_is_refused_at_every_caller(meshed: Meshed, signed: Keys) -> None:
    unknown = signed.with_claims(iss="https://elsewhere.example")
    for who in ("gateway", "another account of shop"):
        assert meshed.status(who, token=unknown) == 401


def test_a_key_is_a_key_in_its_header_alone(meshed: Meshed, signed: Keys) -> None:
    assert meshed.status("gateway", token=signed.of("partner", "partner.1")) == 401


def test_beside_a_valid_token_of_one_issuer_the_other_header_goes_on_unverified(
    clients: Mapping[str, Client], signed: Keys
) -> None:
    expired = signed.with_claims(exp=1_000_000_000)
    answer = clients["rival"].ask(x_api_key=expired)
    assert (answer.status, json.loads(answer.text)["headers"][HEADER]) == (200, expired)
    assert clients["rival"].ask(authorization="Bearer a.b.c", x_api_key=expired).status == 401


def test_a_body_has_a_largest_size(meshed: Meshed) -> None:
    for size, status in ((LARGEST, 200), (LARGEST + 1, 413)):
        whole = bytes(size)
        assert meshed.status("another account of shop", body=whole) == status
        assert meshed.status("another account of shop", body=iter([whole[:100], whole[100:]])) == status


@pytest.fixture(scope="module")
def channels(meshed: Meshed, ground: Ground) -> Iterator[Mapping[str, grpc.Channel]]:
    with (
        called_as(ground.programs.envoy, meshed.certificates["shop"], meshed.grpc_port, ground.directory) as shop,
        called_as(
            ground.programs.envoy, meshed.certificates["another account of shop"], meshed.grpc_port, ground.directory
        ) as kitchen,
    ):
        yield {"shop": shop, "kitchen": kitchen}


def called(channel: grpc.Channel) -> grpc.StatusCode:
    try:
        channel.unary_unary(f"{METHODS}/Predict")(b"1", timeout=20)
    except grpc.RpcError as error:
        return error.code()  # pyright: ignore[reportAttributeAccessIssue] - a Call as well
    return grpc.StatusCode.OK


def test_a_call_over_the_limit_says_so(channels: Mapping[str, grpc.Channel], clients: Mapping[str, Client]) -> None:
    clients["shop"].exhaust()
    codes = [called(channels["shop"]) for _ in range(PER_MINUTE + 4)]
    assert set(codes) == {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert codes.count(grpc.StatusCode.OK) >= PER_MINUTE, "REST requests are counted apart"
    assert {called(channels["kitchen"]) for _ in range(PER_MINUTE + 4)} == {grpc.StatusCode.OK}


def test_streams_go_on_message_by_message(channels: Mapping[str, grpc.Channel]) -> None:
    """Each message is sent once the one before was answered; together they exceed the largest body of REST."""
    messages: queue.Queue[bytes | None] = queue.Queue()
    call = channels["kitchen"].stream_stream(f"{METHODS}/Predict")(iter(messages.get, None), timeout=20)
    for _ in range(3):
        messages.put(bytes(LARGEST))
        assert len(next(call)) == LARGEST
    messages.put(None)
    assert list(call) == []
