"""Faults between deployer and API server: bounded repetitions, then success or one clear error."""

import socket
import time

import pytest
from kubernetes.client import ApiClient

from inferencectl.deployer import Deployer, KubernetesObject
from inferencectl.deployer.connection import REQUEST_BUDGET_SECONDS, ApiError
from inferencectl.deployer.resources import Resources
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.deployer.manifests import config_map, deployment
from tests.inferencectl.faulty_proxy import (
    Exchange,
    Fault,
    FaultyProxy,
    client_of,
    reset_after,
    reset_before,
    status_answer,
    truncated,
)
from tests.inferencectl.rest import Rest, config_maps


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after a second, for tests whose faults never end."""
    monkeypatch.setattr("inferencectl.deployer.connection.REQUEST_BUDGET_SECONDS", 1.0)


def objects(namespace: str) -> list[KubernetesObject]:
    return [*(config_map(namespace, f"m{number}") for number in range(12)), deployment(namespace, "web")]


def is_apply_of_config_map(exchange: Exchange) -> bool:
    return exchange.command == "PATCH" and "/configmaps/" in exchange.path


@pytest.mark.parametrize(
    "fault",
    [
        status_answer(429, Retry_After="1"),
        status_answer(500),
        status_answer(502),
        status_answer(503, Retry_After="1"),
        status_answer(504),
        lambda exchange: exchange.answer(503, b"<html>no healthy upstream</html>"),
        lambda exchange: exchange.answer(200, b'{"kind": "Conf'),
        reset_before,
        reset_after,
        truncated,
    ],
    ids=["429", "500", "502", "503", "504", "html", "cut-json", "reset-before", "reset-after", "truncated"],
)
def test_faults_that_pass_are_survived(proxy: FaultyProxy, api_client: ApiClient, namespace: str, fault: Fault) -> None:
    proxy.choose = lambda number, _: fault if number % 7 == 1 else None
    outcome = Deployer(client_of(proxy.url), namespace).deploy(objects(namespace), print)
    assert len(outcome.changes) == 13
    proxy.choose = lambda _number, _exchange: None
    assert not Deployer(api_client, namespace).deploy(objects(namespace), print).changed


def test_conflicts_of_a_patch_and_a_deletion_are_survived(
    proxy: FaultyProxy, api_client: ApiClient, namespace: str
) -> None:
    seen: set[str] = set()

    def once(_: int, exchange: object) -> Fault | None:
        line = proxy.requests[-1]
        if line.startswith("GET") or line in seen:
            return None
        seen.add(line)
        return status_answer(409)

    proxy.choose = once
    deployer = Deployer(client_of(proxy.url), namespace)
    deployer.deploy(objects(namespace), print)
    deployer.destroy(print)
    assert {line.split()[0] for line in seen} == {"PATCH", "DELETE"}
    assert not Rest(api_client).items(config_maps(namespace))


def test_a_field_that_another_manager_owns_is_told_at_once(
    proxy: FaultyProxy, api_client: ApiClient, namespace: str
) -> None:
    Deployer(api_client, namespace).deploy([config_map(namespace, "owned", value="1")], print)
    with pytest.raises(ApiError) as caught:
        Resources(client_of(proxy.url)).share(config_map(namespace, "owned", value="2").manifest, "another")
    assert caught.value.status == 409
    assert [line.split()[0] for line in proxy.requests].count("PATCH") == 1


def test_the_servers_retry_after_is_waited_for(proxy: FaultyProxy, namespace: str) -> None:
    proxy.choose = lambda number, _: status_answer(429, Retry_After="2") if number == 1 else None
    started = time.monotonic()
    Deployer(client_of(proxy.url), namespace).preview([])
    assert time.monotonic() - started >= 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (status_answer(503), r"PATCH ConfigMap .*/m\d+: the API server responded 503: injected"),
        (status_answer(409), r"PATCH ConfigMap .*/m\d+: the API server responded 409: injected"),
        (status_answer(429, Retry_After="60"), r"PATCH ConfigMap .*/m\d+: the API server responded 429: injected"),
        (reset_before, r"PATCH ConfigMap .*/m\d+: no usable response from the API server http://"),
    ],
    ids=["503", "409", "429", "reset"],
)
def test_faults_that_stay_are_one_error_and_the_next_run_finishes(
    proxy: FaultyProxy, namespace: str, impatient: None, fault: Fault, words: str
) -> None:
    proxy.choose = lambda _number, exchange: fault if is_apply_of_config_map(exchange) else None
    deployer, started = Deployer(client_of(proxy.url), namespace), time.monotonic()
    with pytest.raises(SandboxError, match=words) as caught:
        deployer.deploy([*objects(namespace)[:3], objects(namespace)[-1]], print)
    assert time.monotonic() - started < REQUEST_BUDGET_SECONDS
    assert caught.value.exit_code == 1
    assert caught.value.remedy
    proxy.choose = lambda _number, _exchange: None
    deployer.deploy(objects(namespace), print)
    assert not deployer.deploy(objects(namespace), print).changed


@pytest.mark.parametrize("status", [400, 401, 403, 422, 501])
def test_refusals_are_not_repeated(proxy: FaultyProxy, namespace: str, status: int) -> None:
    proxy.choose = lambda _number, exchange: status_answer(status) if exchange.command == "PATCH" else None
    with pytest.raises(SandboxError, match=f"responded {status}"):
        Deployer(client_of(proxy.url), namespace).deploy([config_map(namespace, "a")], print)
    assert sum(line.startswith("PATCH") for line in proxy.requests) == 1


def test_an_api_server_that_goes_away_in_the_middle_is_one_error_in_time(
    proxy: FaultyProxy, api_client: ApiClient, namespace: str
) -> None:
    proxy.choose = lambda number, _: reset_before if number > 12 else None
    started = time.monotonic()
    with pytest.raises(SandboxError, match="no usable response from the API server") as caught:
        Deployer(client_of(proxy.url), namespace).deploy(objects(namespace), print)
    assert time.monotonic() - started < 2 * REQUEST_BUDGET_SECONDS
    assert "run the same command again" in caught.value.remedy
    Deployer(api_client, namespace).deploy(objects(namespace), print)
    assert not Deployer(api_client, namespace).deploy(objects(namespace), print).changed


def test_a_server_that_does_not_listen_is_one_error(namespace: str, impatient: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SandboxError, match=f"no usable response from the API server http://127.0.0.1:{port}"):
        Deployer(client_of(f"http://127.0.0.1:{port}"), namespace).deploy(objects(namespace), print)


def test_a_server_that_does_not_answer_is_one_error_in_time(namespace: str, impatient: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(SandboxError, match="no usable response"):
            Deployer(client_of(url), namespace).preview([])
        assert time.monotonic() - started < REQUEST_BUDGET_SECONDS / 2
