"""Every release strategy as requests through the gateway see it: which version answers, over REST and over gRPC."""

import signal
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.model_service.runtimes.triton import METRICS_PORT
from inferencectl.live_load import MODEL
from inferencectl.live_stack import NAMESPACE
from inferencectl.load.result import Protocol
from tests.live.entrance import Entrance, asked_through_the_gateway
from tests.live.under_load import assert_nothing_lost
from tests.waiting import soon

pytestmark = pytest.mark.slow("versions are released by every strategy")

RATE = 20
SETTLED_SECONDS = 3
TIMES = 20
MANY = 200
# Of 200 requests with one in two for each version, fewer than 60 or more than 140 go to one once in 100 million times.
HALF = range(60, 141)
ROLLBACK_SECONDS = 120
HEADER = "x-release"
COOKIE = "release"


@pytest.fixture(scope="class")
def by_header(entrance: Entrance) -> Entrance:
    release(entrance, (100, 0), {"strategy": "header", "header": {"name": HEADER, "value": "canary"}}, candidate=True)
    soon(lambda: is_second(entrance, {HEADER: "canary"}), "the proxy knows of the candidate")
    return entrance


@pytest.fixture(scope="class")
def mirrored(entrance: Entrance) -> Entrance:
    release(entrance, (100, 0), {"strategy": "mirror", "percent": 100}, candidate=True)

    def is_copied() -> bool:
        before = predictions(entrance)
        entrance.client.ask(Protocol.GRPC)
        time.sleep(0.5)
        return predictions(entrance) > before

    soon(is_copied, "requests are copied")
    return entrance


@pytest.fixture(scope="class", params=["cookie", "header"])
def sticky(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="class")
def sticking(entrance: Entrance, sticky: str) -> Entrance:
    name = COOKIE if sticky == "cookie" else HEADER
    release(entrance, (50, 50), {"strategy": "weights", "sticky": {sticky: name}})
    soon(lambda: told(entrance, Protocol.GRPC, sticky)[1], "answers name their version")
    return entrance


class TestHeader:
    """Requests with the header go to the candidate, and no others."""

    @pytest.mark.parametrize("protocol", Protocol)
    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ({}, 0),
            ({HEADER: "canary"}, 1),
            ({HEADER: "canary2"}, 0),
            ({HEADER: "CANARY"}, 0),
            ({"x-other": "canary"}, 0),
            ({HEADER: "canary", "x-other": "1"}, 1),
        ],
        ids=["none", "asked", "longer", "capitals", "other", "among-others"],
    )
    def test_who_asks_for_the_candidate_gets_it(
        self, by_header: Entrance, protocol: Protocol, headers: Mapping[str, str], expected: int
    ) -> None:
        assert by_header.versions(protocol, TIMES, headers) == {number(by_header, expected): TIMES}


class TestMirror:
    """The candidate gets copies, and clients get nothing of it."""

    @pytest.mark.parametrize("protocol", Protocol)
    def test_the_shadow_predicts_for_every_request_and_answers_none(
        self, mirrored: Entrance, protocol: Protocol
    ) -> None:
        before = predictions(mirrored)
        assert mirrored.versions(protocol, TIMES) == {number(mirrored, 0): TIMES}
        soon(lambda: predictions(mirrored) - before >= TIMES, "the shadow has predicted for all")
        assert predictions(mirrored) - before == TIMES

    def test_a_shadow_that_hangs_costs_clients_nothing(self, mirrored: Entrance) -> None:
        (shadow,) = (pod for pod in mirrored.model.ready() if version_of(pod) == number(mirrored, 1))
        server = mirrored.model.server_of(shadow)
        server.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            for protocol in Protocol:
                assert mirrored.versions(protocol, TIMES) == {number(mirrored, 0): TIMES}
            assert time.monotonic() - began < 10
        finally:
            server.send_signal(signal.SIGCONT)
        mirrored.model.settle(2)

    def test_a_part_of_the_requests_is_copied(self, mirrored: Entrance) -> None:
        release(mirrored, (100, 0), {"strategy": "mirror", "percent": 50}, candidate=True)
        time.sleep(SETTLED_SECONDS)
        before = predictions(mirrored)
        mirrored.versions(Protocol.GRPC, MANY)
        time.sleep(SETTLED_SECONDS)
        assert predictions(mirrored) - before in HALF


class TestSticky:
    """A client that says which version has answered it gets that one again, for as long as it has a share."""

    @pytest.mark.parametrize("protocol", Protocol)
    def test_clients_stay_with_the_version_that_answered_them(
        self, sticking: Entrance, protocol: Protocol, sticky: str
    ) -> None:
        seen: dict[str, Mapping[str, str]] = {}
        while len(seen) < 2:
            version, back = told(sticking, protocol, sticky)
            seen[version] = back
        for version, back in seen.items():
            assert sticking.versions(protocol, TIMES, back) == {version: TIMES}
        assert sticking.versions(protocol, MANY)[number(sticking, 0)] in HALF


class TestBlueGreen:
    """One object changes, and all clients with it."""

    def test_a_switch_and_the_way_back_lose_nothing(self, entrance: Entrance) -> None:
        release(entrance, (100, 0), {"strategy": "blue-green"})
        first, second = (number(entrance, index) for index in (0, 1))
        time.sleep(SETTLED_SECONDS)
        route = entrance.model.live.get("httproute", MODEL)["spec"]
        with asked_through_the_gateway(entrance, RATE) as asked:
            with asked.counted() as before:
                time.sleep(SETTLED_SECONDS)
            with asked.counted() as switch:
                release(entrance, (0, 100), {"strategy": "blue-green"})
                time.sleep(SETTLED_SECONDS)
            with asked.counted() as after:
                time.sleep(SETTLED_SECONDS)
            with asked.counted() as back:
                release(entrance, (100, 0), {"strategy": "blue-green"})
                time.sleep(SETTLED_SECONDS)
            assert_nothing_lost(before, switch, after, back)
        assert before.report.versions == {first}
        assert after.report.versions == {second}
        assert {first, second} == switch.report.versions == back.report.versions
        assert entrance.model.live.get("httproute", MODEL)["spec"] == route


class TestWayBack:
    """`make rollback`, from the command to the last answer of the version that has to go."""

    def test_the_bad_version_answers_nobody_after_two_minutes(self, entrance: Entrance) -> None:
        first, second = (number(entrance, index) for index in (0, 1))
        for weights in ((100, 0), (0, 100)):
            entrance.model.write(weighted(entrance, weights), release={"strategy": "blue-green"})
            assert entrance.model.live.run("up").code == 0
        soon(lambda: answering(entrance) == {second}, "the second version answers")
        with ThreadPoolExecutor() as threads:
            begun = time.monotonic()
            command = threads.submit(entrance.model.live.run, "rollback", "--model", MODEL)
            last = begun
            while not command.done() or time.monotonic() - last < SETTLED_SECONDS:
                if second in answering(entrance):
                    last = time.monotonic()
        assert command.result().code == 0, command.result().err
        assert last - begun < ROLLBACK_SECONDS
        assert answering(entrance) == {first}


def answering(entrance: Entrance) -> set[str]:
    """The versions that answer a request over each protocol."""
    return {entrance.client.ask(protocol).version for protocol in Protocol}


def release(entrance: Entrance, weights: Sequence[int], how: Mapping[str, object], *, candidate: bool = False) -> None:
    """Deploy both versions with these weights and a strategy, whose candidate is the second."""
    named = {"candidate": entrance.model.versions[1]["version"]} if candidate else {}
    entrance.model.deploy(weighted(entrance, weights), release={**how, **named})
    entrance.model.settle(2)


def weighted(entrance: Entrance, weights: Sequence[int]) -> Sequence[Mapping[str, object]]:
    return [{**each, "weight": weight} for each, weight in zip(entrance.model.versions, weights, strict=True)]


def number(entrance: Entrance, index: int) -> str:
    return str(entrance.model.versions[index]["version"])


def is_second(entrance: Entrance, headers: Mapping[str, str]) -> bool:
    return entrance.client.ask(Protocol.GRPC, headers).version == number(entrance, 1)


def told(entrance: Entrance, protocol: Protocol, sticky: str) -> tuple[str, Mapping[str, str]]:
    """The version that answered, and the headers by which the client stays with it; none where it is not told."""
    answer = entrance.client.ask(protocol)
    if sticky == "header":
        named = answer.headers.get(HEADER)
        return answer.version, {HEADER: named} if named else {}
    cookie = answer.headers.get("set-cookie", "").partition(";")[0]
    return answer.version, {"cookie": cookie} if cookie else {}


def version_of(pod: Mapping[str, object]) -> str:
    metadata = pod["metadata"]
    assert isinstance(metadata, Mapping)
    return metadata["labels"]["app.kubernetes.io/version"]


def predictions(entrance: Entrance) -> int:
    """How often the second version has predicted, as its own server counts."""
    (pod,) = (pod for pod in entrance.model.ready() if version_of(pod) == number(entrance, 1))
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod['metadata']['name']}:{METRICS_PORT}/proxy/metrics"
    lines = entrance.model.kubectl("get", f"--raw={path}").splitlines()
    (line,) = (each for each in lines if each.startswith("nv_inference_request_success{"))
    return int(float(line.rpartition(" ")[2]))
