"""What `make alerts` says of a real Alertmanager, and of what is none."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from inferencectl.alerts import AlertmanagerApi, Firing, firing_of
from inferencectl.sandbox.controllers import Alertmanager
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from tests.inferencectl.checkout import Checkout, tiny
from tests.waiting import soon

NAMESPACE = "models-tiny"


def post(server: Alertmanager, path: str, body: object) -> None:
    connection = http.client.HTTPConnection(server.address, timeout=10)
    connection.request("POST", f"/api/v2/{path}", json.dumps(body), {"Content-Type": "application/json"})
    assert connection.getresponse().status == http.HTTPStatus.OK
    connection.close()


def alert(now: datetime, name: str, severity: str, model: str, **labels: str) -> Mapping[str, Any]:
    return {
        "labels": {
            "alertname": name,
            "severity": severity,
            "namespace": NAMESPACE,
            "team": "search",
            **({"inference_model": model} if model else {}),
            **labels,
        },
        "annotations": {
            "summary": f"Summary [of] {name}",
            "description": "7 % fail",
            "runbook_url": f"docs/runbooks/{name}.md",
        },
        "startsAt": (now - timedelta(minutes=125)).isoformat(),
        "endsAt": (now + timedelta(minutes=5)).isoformat(),
    }


def silence(now: datetime, name: str) -> Mapping[str, Any]:
    return {
        "matchers": [{"name": "alertname", "value": name, "isRegex": False, "isEqual": True}],
        "startsAt": (now - timedelta(minutes=1)).isoformat(),
        "endsAt": (now + timedelta(hours=3)).isoformat(),
        "createdBy": "lee",
        "comment": "a new disk is on its way",
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.copied_to(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def now() -> datetime:
    """When the test begins, which may be long after it was collected."""
    return datetime.now(UTC)


@pytest.fixture
def firing(running: Alertmanager, now: datetime) -> Mapping[str, Firing]:
    post(running, "silences", silence(now, "ModelMemoryHigh"))
    fired = [
        alert(now, "ModelUnavailable", "critical", "iris"),
        alert(now, "ModelServerDown", "warning", "iris"),
        alert(now, "ModelMemoryHigh", "warning", "mnist"),
        alert(now, "ModelCpuHigh", "warning", "mnist"),
        alert(now, "Watchdog", "none", ""),
        alert(now, "ModelUnavailable", "critical", "iris", namespace="elsewhere"),
    ]
    post(running, "alerts", fired)
    api, names = AlertmanagerApi(url=running.url), {each["labels"]["alertname"] for each in fired}
    soon(lambda: {each.name for each in firing_of(api, NAMESPACE)} == names)
    soon(lambda: sum(bool(each.quiet) for each in firing_of(api, NAMESPACE)) == len(["ServerDown", "Memory"]))
    return {each.name: each for each in firing_of(api, NAMESPACE)}


def test_what_fires_and_who_is_told(firing: Mapping[str, Firing], now: datetime) -> None:
    assert next(iter(firing)) == "ModelUnavailable"
    page = firing["ModelUnavailable"]
    assert (page.model, page.severity, page.team) == ("iris", "critical", "search")
    assert page.told == ["chat", "pager"]
    assert not page.quiet
    assert firing["ModelCpuHigh"].told == ["chat"]
    assert firing["ModelServerDown"].quiet == ["inhibited by ModelUnavailable iris"]
    until = now + timedelta(hours=3)
    assert firing["ModelMemoryHigh"].quiet == [
        f"silenced by lee until {until:%Y-%m-%d %H:%M} UTC: a new disk is on its way"
    ]
    assert not firing["Watchdog"].told


def test_people_read_it_and_machines(firing: Mapping[str, Firing], running: Alertmanager, checkout: Checkout) -> None:
    shown = checkout.on_stack("alerts", "--alertmanager", running.url)
    assert shown.code == 0
    assert shown.is_plain
    began = firing["ModelUnavailable"].since
    assert shown.out.startswith(
        "critical ModelUnavailable iris\n"
        f"         since {began:%Y-%m-%d %H:%M} UTC (2 h), team search\n"
        "         Summary [of] ModelUnavailable\n"
        "         7 % fail\n"
        "         told: chat, pager\n"
        "         what to do: docs/runbooks/ModelUnavailable.md\n"
    )
    assert "         nobody is told: inhibited by ModelUnavailable iris\n" in shown.out
    assert "         nobody is told: no receiver is for it\n" in shown.out
    data = json.loads(checkout.on_stack("alerts", "--alertmanager", running.url, "--json").out)
    assert [each["name"] for each in data["alerts"]] == [*firing]
    assert data["alerts"][0]["told"] == ["chat", "pager"]


def test_nothing_at_all_is_no_good_sign(running: Alertmanager, checkout: Checkout) -> None:
    assert "not even Watchdog" in checkout.on_stack("alerts", "--alertmanager", running.url).out


def test_the_address_can_be_in_the_settings(running: Alertmanager, checkout: Checkout) -> None:
    hook = {"name": "hook", "type": "webhook", "url": "http://hook.example/alerts"}
    alerting = {"address": running.url, "receivers": [hook], "default": ["hook"]}
    checkout.write("told", {**tiny(), "monitoring": {"scraperNamespace": "monitoring", "alerting": alerting}})
    shown = checkout.run("alerts", "--stack", "told", "--json")
    assert (shown.code, json.loads(shown.out)["alertmanager"]) == (0, running.url)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), ("do not say where its Alertmanager is", "ALERTMANAGER=")),
        (("--alertmanager", "foo"), ("is not a valid URL", "an http or https URL", "such as http://127.0.0.1:9093")),
        (("--alertmanager", "http://u:p@127.0.0.1:9093"), ("is not a valid URL",)),
        (("--alertmanager", "http://127.0.0.1:9"), ("Connection refused", "kubectl port-forward")),
    ],
)
def test_what_cannot_be_asked_is_said_with_a_remedy(
    arguments: tuple[str, ...], said: tuple[str, ...], checkout: Checkout
) -> None:
    refusal = checkout.on_stack("alerts", *arguments)
    assert refusal.code == BAD_INPUT
    assert refusal.is_plain
    assert not refusal.out
    assert all(each in refusal.err for each in said)


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(request.param.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "answering",
    ["", "<html>", "{}", "[1]", "[{}]", '[{"alerts": [{}], "receiver": {}}]', '[{"alerts": 1}]', "[" * 100_000],
    indirect=True,
)
def test_another_server_is_not_taken_for_one(answering: str) -> None:
    with pytest.raises(SandboxError) as caught:
        firing_of(AlertmanagerApi(url=answering), NAMESPACE)
    assert caught.value.exit_code == BAD_INPUT
