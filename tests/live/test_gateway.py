"""The live stack's model through its gateway: Istio's own control plane, and Envoy as its project releases it.

Requests come over TLS, over REST and over gRPC, to the host name of the model. Which version has answered is what the
server says in its answer, and what the proxy has counted must agree with that.
"""

import json
import os
import shlex
import signal
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from components.model_service.runtimes import triton
from components.service_mesh.istio import access_logs
from inferencectl.live_load import MODEL
from inferencectl.live_stack import NAMESPACE
from inferencectl.load.result import Protocol
from inferencectl.sandbox import pki
from inferencectl.sandbox.live import gateway_objects, istiod_pod, store_manifests
from inferencectl.stack_nodes import LIVE
from settings.cluster.access_logs import AccessLogs, LoggedRequests
from tests.live import foreign_route
from tests.live.entrance import GATEWAY, HOST, Entrance, asked_through_the_gateway
from tests.live.under_load import UnderLoad, assert_nothing_lost, soon_after
from tests.waiting import soon

pytestmark = pytest.mark.slow("istiod and a proxy are started, and versions are released through them")

RATE = 20
SETTLED_SECONDS = 5
ROLLBACK_SECONDS = 120
"""What is promised, also where the version before has to be started again."""
TIMES = 200
# Of 200 requests with one in four to a version, fewer than 20 or more than 80 go there once in 10 million times.
QUARTER = range(20, 81)


@pytest.fixture(scope="module")
def split(entrance: Entrance) -> Entrance:
    """Both versions, which get three quarters and one quarter of the requests."""
    first, second = entrance.model.versions
    entrance.model.deploy([{**first, "weight": 75}, {**second, "weight": 25}])
    return entrance


@pytest.mark.parametrize("protocol", Protocol)
def test_requests_are_split_by_weight_and_the_proxy_counts_what_the_servers_say(
    split: Entrance, protocol: Protocol
) -> None:
    first, second = (str(each["version"]) for each in split.model.versions)
    soon(lambda: second in split.versions(protocol, 10), "the proxy knows of the second version")
    before = split.counts()
    answered = split.versions(protocol, TIMES)
    assert set(answered) == {first, second}
    assert answered[second] in QUARTER
    counted = split.counts() - before
    assert counted == {(protocol, f"{MODEL}-v{version}"): count for version, count in answered.items()}


def test_a_failed_call_over_grpc_is_counted_as_one_though_http_calls_it_a_success(split: Entrance) -> None:
    before = split.counts("grpc_failure"), split.counts("upstream_rq", 'response_code_class="2xx"')
    answer = split.client.ask(Protocol.GRPC, model="nobody")
    assert answer.status == 5
    failures = split.counts("grpc_failure") - before[0]
    assert failures.total() == 1
    assert split.counts("upstream_rq", 'response_code_class="2xx"') - before[1] == failures
    logged = soon(lambda: [each for each in split.access_log() if each["grpc_status"] not in (None, "OK")], "the log")
    assert [(each["response_code"], each["grpc_status"]) for each in logged] == [(200, "NotFound")]


def test_how_long_each_answer_took_is_in_a_histogram(split: Entrance) -> None:
    assert split.versions(Protocol.REST, 10)
    # Envoy adds to its histograms every five seconds.
    soon(lambda: split.counts("upstream_rq_time_count") == split.counts(), "the histograms have every answer")


def test_the_share_of_a_version_without_a_ready_pod_is_refused_at_once(split: Entrance) -> None:
    first, second = (f"{MODEL}-v{each['version']}" for each in split.model.versions)
    (pod,) = (pod for pod in split.model.ready() if pod["metadata"]["labels"]["app.kubernetes.io/instance"] == second)
    server = split.model.server_of(pod)
    server.send_signal(signal.SIGSTOP)
    try:
        soon_after(lambda: len(split.model.ready()) == 1, "its probe fails")
        time.sleep(1)
        before = split.counts()
        for protocol, good, refused in ((Protocol.REST, 200, 503), (Protocol.GRPC, 0, 14)):
            answers = Counter(split.client.ask(protocol).status for _ in range(TIMES))
            assert set(answers) == {good, refused}
            assert answers[refused] in QUARTER
            assert split.counts()[protocol, first] - before[protocol, first] == answers[good]
            assert split.counts()[protocol, second] == before[protocol, second]
    finally:
        server.send_signal(signal.SIGCONT)
    split.model.settle(2)


def test_the_printed_command_asks_through_the_gateway(entrance: Entrance) -> None:
    told = entrance.model.live.run("status").out
    (line,) = (line for line in told.splitlines() if line.startswith(f"{MODEL} through the gateway: "))
    done = subprocess.run(shlex.split(line.partition(": ")[2]), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["name"] == MODEL


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_only_tls_of_a_present_version_is_spoken(entrance: Entrance) -> None:
    assert entrance.client.in_plaintext() == b""
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        entrance.client.spoken(ssl.TLSVersion.TLSv1_1)
    for newest, version in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        spoken = entrance.client.spoken(newest)
        assert (spoken.tls, spoken.application) == (version, "h2")


def test_other_hosts_and_paths_lead_nowhere(entrance: Entrance) -> None:
    before = entrance.counts()
    assert entrance.client.rest(f"nobody.{GATEWAY.hostname}", path="/v2/models/digits/infer").status == 404
    assert entrance.client.rest(HOST, path="/metrics").status == 404
    with pytest.raises(ssl.SSLEOFError):
        entrance.client.rest("digits.elsewhere.example", path="/v2/models/digits/infer")
    assert not entrance.counts() - before


def test_the_proxy_is_as_restricted_as_its_namespace_demands_and_reaches_models_alone(entrance: Entrance) -> None:
    get = partial(entrance.model.kubectl, "get", "--output=name")
    restricted = get("namespaces", "--selector=pod-security.kubernetes.io/enforce=restricted").split()
    assert {f"namespace/{GATEWAY.namespace}", f"namespace/{istiod_pod.NAMESPACE}"} <= set(restricted)
    assert entrance.connects(entrance.address(NAMESPACE, f"{MODEL}-v1"), triton.HTTP_PORT)
    assert not entrance.connects(
        entrance.address(store_manifests.NAMESPACE, store_manifests.NAME), store_manifests.PORT
    )
    assert not entrance.connects(entrance.address("default", "kubernetes"), 443)


def test_a_route_of_another_namespace_is_not_attached(entrance: Entrance) -> None:
    host, kubectl = f"foreign.{GATEWAY.hostname}", entrance.model.live.kubectl
    try:
        accepted = foreign_route.judged(kubectl, GATEWAY, host)
        assert (accepted["status"], accepted["reason"]) == ("False", "NotAllowedByListeners")
        assert entrance.client.rest(host).status == 404
    finally:
        foreign_route.remove(kubectl, GATEWAY)


def test_of_errors_alone_no_good_answer_is_logged(entrance: Entrance) -> None:
    client = entrance.client
    only_errors = access_logs.of_gateway(GATEWAY.name, AccessLogs(requests=LoggedRequests.ERRORS))
    of_telemetry = (f"telemetry/{only_errors.name}", f"--namespace={GATEWAY.namespace}", "--type=merge")

    def is_logged_after(path: str, codes: set[tuple[int, str | None]]) -> bool:
        before = len(entrance.access_log())
        assert client.ask(Protocol.REST).status == 200
        assert client.ask(Protocol.GRPC).status == 0
        assert client.ask(Protocol.GRPC, model="nobody").status == 5
        assert client.rest(HOST, path=path).status == 404
        new = soon(lambda: [each for each in entrance.access_log()[before:] if each["path"] == path], "the log")
        assert new
        return {(each["response_code"], each["grpc_status"]) for each in entrance.access_log()[before:]} == codes

    entrance.model.kubectl("patch", *of_telemetry, "--patch", json.dumps({"spec": only_errors.spec}))
    try:
        failed = {(200, "NotFound"), (404, None)}
        soon(lambda: is_logged_after(f"/{time.monotonic_ns()}", failed), "errors alone are logged")
    finally:
        entrance.model.deploy()


@pytest.fixture(scope="module")
def other_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a certificate for the gateway, of another authority."""
    return pki.ensure_serving(tmp_path_factory.mktemp("other") / "certificate", f"*.{GATEWAY.hostname}")


@pytest.fixture(scope="module")
def asked(entrance: Entrance, other_certificate: Path) -> Iterator[UnderLoad]:
    """The first version alone, by clients that trust both authorities."""
    entrance.model.deploy()
    other = (other_certificate / "ca.crt").read_text(encoding="utf-8")
    with asked_through_the_gateway(entrance, RATE, also_trusted=other) as made:
        yield made


def test_a_release_in_stages_and_its_rollback_lose_nothing(asked: UnderLoad) -> None:
    first, second = asked.versions
    numbers = [str(each["version"]) for each in asked.versions]
    with asked.counted() as beside:
        asked.deploy([{**first, "weight": 100}, {**second, "weight": 0}])
    with asked.counted() as quarter:
        asked.deploy([{**first, "weight": 75}, {**second, "weight": 25}])
        time.sleep(SETTLED_SECONDS)
    with asked.counted() as all_to_second:
        asked.deploy([{**first, "weight": 0}, {**second, "weight": 100}])
    with asked.counted() as alone:
        asked.deploy([second])
        asked.settle(1)
    with asked.counted() as rollback:
        began = time.monotonic()
        asked.deploy([first])
        assert time.monotonic() - began < ROLLBACK_SECONDS
        asked.settle(1)
    assert_nothing_lost(beside, quarter, all_to_second, alone, rollback)
    assert beside.report.versions == {numbers[0]}
    assert quarter.report.versions == set(numbers)
    assert alone.report.versions == {numbers[1]}
    assert rollback.report.versions == set(numbers)


def test_a_version_that_is_never_ready_gets_no_request_whatever_its_weight(asked: UnderLoad) -> None:
    first, second = asked.versions
    number = int(str(second["version"])) + 1
    broken = {**second, "version": number, "sha256": "0" * 64, "weight": 25}
    with asked.counted() as failing:
        asked.write([{**first, "weight": 75}, broken])
        up = asked.live.checkout.start("up", "--stack", LIVE)
        try:
            soon_after(lambda: asked.has_failed(number), "the new version's files are refused")
        finally:
            os.killpg(up.pid, signal.SIGKILL)
            up.communicate()
    with asked.counted() as back:
        asked.deploy()
        asked.settle(1)
    assert_nothing_lost(failing, back)
    assert failing.report.versions == back.report.versions == {str(first["version"])}


def test_another_certificate_is_shown_and_no_request_is_lost(
    asked: UnderLoad, entrance: Entrance, other_certificate: Path
) -> None:
    client = entrance.client
    of_other = replace(client, authority=other_certificate / "ca.crt")
    with asked.counted() as meanwhile:
        for given, shown in ((other_certificate, of_other), (client.authority.parent, client)):
            files = {name: (given / name).read_bytes() for name in ("tls.crt", "tls.key")}
            asked.live.kubectl.apply_objects(gateway_objects.manifests(GATEWAY, files))
            soon(shown.trusts_the_gateway, "the proxy shows the certificate")
            time.sleep(SETTLED_SECONDS)
    assert_nothing_lost(meanwhile)
