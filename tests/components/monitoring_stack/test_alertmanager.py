"""Who is told of what, by the real operator and the real Alertmanager, which delivers to servers of this machine."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiClient

from components.monitoring_stack.alerting.inhibition import EXPLAINED_BY_A_NODE, SERIES_OF_SOURCES, TICKETS_OF_PAGES
from components.monitoring_stack.rules import Alert, groups
from inferencectl.alerts import firing_of
from inferencectl.sandbox.controllers import PrometheusOperator
from inferencectl.workspace.errors import SandboxError
from tests.components.monitoring_stack import told as parts
from tests.components.monitoring_stack.inhibited import ALWAYS_TOLD, CRITICAL, INHIBITED, WARNING, alert
from tests.components.monitoring_stack.told import HERE, Told, configured, telling
from tests.components.watched import MONITORING, watched_models
from tests.waiting import soon

ROUTED = [
    ({"severity": CRITICAL, "team": "platform"}, ["pager", "chat"]),
    ({"severity": WARNING, "team": "platform"}, ["mail"]),
    ({"severity": CRITICAL, "team": "search"}, ["wecom"]),
    ({"severity": WARNING, "team": "search"}, ["hook"]),
    ({"severity": WARNING}, ["hook"]),
    ({"severity": CRITICAL, "team": "platform-two"}, ["wecom"]),
    ({"severity": "criticality", "team": "search"}, ["hook"]),
    ({"alertname": "Watchdog", "severity": "none", "team": "platform"}, ["heartbeat"]),
    ({"alertname": "WatchdogOfOthers", "severity": "none", "team": "search"}, ["hook"]),
]


@pytest.fixture(scope="module")
def told(
    prometheus_operator: PrometheusOperator,
    alertmanager: Path,
    api_client: ApiClient,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Told]:
    with telling(api_client, tmp_path_factory.mktemp("told")) as running:
        yield running


@pytest.mark.parametrize(("labels", "receivers"), ROUTED)
def test_each_alert_has_the_receivers_that_are_declared(
    labels: Mapping[str, str], receivers: Sequence[str], told: Told, alertmanager: Path, tmp_path: Path
) -> None:
    amtool, file = alertmanager / "amtool", tmp_path / "alertmanager.yaml"
    file.write_text(told.configuration)
    subprocess.run([amtool, "check-config", file], check=True, capture_output=True)
    having = {"alertname": "SomeAlert", "namespace": told.namespace, **labels}
    expected = ",".join(name for name in receivers)
    shown = subprocess.run(
        [amtool, "config", "routes", "test", f"--config.file={file}", *(f"{k}={v}" for k, v in having.items())],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert [name.rpartition("/")[2] for name in shown.split(",")] == [*expected.split(",")]
    elsewhere = [f"{key}={value}" for key, value in {**having, "namespace": "another"}.items()]
    of_others = [amtool, "config", "routes", "test", f"--config.file={file}", *elsewhere]
    assert told.namespace not in subprocess.run(of_others, check=True, capture_output=True, text=True).stdout


def test_what_is_spoken_is_what_each_receiver_expects(told: Told) -> None:
    fired = alert("ModelUnavailable", CRITICAL, "spoken")
    ticket = alert("ModelCpuHigh", WARNING, "ticket")
    told.fire(fired, {**fired, "team": "search"}, ticket)
    soon(lambda: told.webhook.to("/slack") and told.webhook.to("/pagerduty"))
    soon(lambda: told.webhook.to("/wecom/message/send") and told.mailbox.messages)
    slack = told.webhook.to("/slack")[0].body
    assert slack["channel"] == "#models"
    (attachment,) = slack["attachments"]
    assert "Summary of ModelUnavailable: 50 % of the requests fail <https://runbooks.example/" in attachment["text"]
    event = told.webhook.to("/pagerduty")[0].body
    assert (event["routing_key"], event["event_action"]) == ("routing-key", "trigger")
    assert event["payload"]["severity"] == CRITICAL
    (token,) = told.webhook.to("/wecom/gettoken")
    assert token.path.endswith("?corpid=ww1&corpsecret=wecom-secret")
    (sent,) = told.webhook.to("/wecom/message/send")
    assert (sent.body["touser"], sent.body["agentid"]) == ("@all", "1000002")
    assert "Summary of ModelUnavailable" in sent.body["text"]["content"]
    assert told.mailbox.logins == ["alerts\0open sesame"]
    assert told.mailbox.recipients == ["team@example.org", "lead@example.org"]
    assert "ModelCpuHigh" in told.mailbox.messages[0]["Subject"]
    told.fire(fired, {**fired, "team": "search"}, ticket, over=True)
    soon(lambda: any(each.body["event_action"] == "resolve" for each in told.webhook.to("/pagerduty")))


def test_a_group_is_one_message_and_its_end_is_told(told: Told) -> None:
    own = [alert(name, WARNING, "a", team="search") for name in ("One", "Two", "Three")]
    other = alert("One", WARNING, "b", team="search")
    told.fire(*own, other)
    soon(lambda: sorted(told.names("/hook")) == ["One", "One", "Three", "Two"])
    assert sorted(len(each.body["alerts"]) for each in told.webhook.to("/hook")) == [1, 3]
    told.fire(*own, other, over=True)
    soon(lambda: sorted(told.names("/hook", "resolved")) == ["One", "One", "Three", "Two"])


def test_the_heartbeat_comes_alone(told: Told) -> None:
    told.fire({"alertname": "Watchdog", "severity": "none"})
    soon(lambda: told.names("/heartbeat") == ["Watchdog"])


@pytest.mark.parametrize("why", INHIBITED)
def test_what_another_alert_explains_is_not_told(why: str, told: Told, request: pytest.FixtureRequest) -> None:
    source, silenced, louder = INHIBITED[why]
    fired = [source, *silenced, *louder]
    request.addfinalizer(lambda: told.fire(*fired, over=True))
    told.fire(*fired)

    def quiet() -> Sequence[tuple[str, str]]:
        return sorted((each.name, each.model) for each in firing_of(told.api, told.namespace) if each.quiet)

    expected = sorted((each["alertname"], each.get("inference_model", "")) for each in silenced)
    # Of alerts that fire already, others are silenced by this one alone.
    soon(lambda: quiet() == expected)


def test_what_is_explained_reaches_nobody(told: Told) -> None:
    told.fire(alert("ModelErrorRateHigh", CRITICAL, "quiet", team="search"))
    told.fire(alert("ModelLatencyHigh", WARNING, "quiet", team="search"))
    told.quiet()
    assert "ModelLatencyHigh" not in told.names("/hook")
    told.fire(alert("ModelErrorRateHigh", CRITICAL, "quiet", team="search"), over=True)
    soon(lambda: "ModelLatencyHigh" in told.names("/hook"))


def window(name: str, begin: datetime, end: datetime) -> Mapping[str, Any]:
    begins, ends = (f"{each:%Y-%m-%dT%H:%M}" for each in (begin, end))
    return {"name": name, "repeats": "never", "timezone": "UTC", "begin": begins, "end": ends}


def test_in_a_window_nobody_is_told_but_the_heartbeat(
    prometheus_operator: PrometheusOperator, alertmanager: Path, api_client: ApiClient, tmp_path: Path
) -> None:
    now, hour = datetime.now(UTC), timedelta(hours=1)
    windows = [window("today", now - hour, now + hour), window("tomorrow", now + 24 * hour, now + 25 * hour)]
    with telling(api_client, tmp_path, {f"{HERE}.maintenance": windows}) as told:
        told.fire(alert("ModelCpuHigh", WARNING, "m", team="search"), {"alertname": "Watchdog", "severity": "none"})
        soon(lambda: told.names("/heartbeat") == ["Watchdog"])
        told.quiet()
        assert not told.webhook.to("/hook")
        shown = {each.name: (each.told, each.quiet) for each in firing_of(told.api, told.namespace)}
        assert shown == {"ModelCpuHigh": ([], ["muted by the window today"]), "Watchdog": (["heartbeat"], [])}


def test_outside_its_window_everybody_is_told(
    prometheus_operator: PrometheusOperator, alertmanager: Path, api_client: ApiClient, tmp_path: Path
) -> None:
    now, hour = datetime.now(UTC), timedelta(hours=1)
    with telling(api_client, tmp_path, {f"{HERE}.maintenance": [window("past", now - 2 * hour, now - hour)]}) as told:
        told.fire(alert("ModelCpuHigh", WARNING, "m", team="search"))
        soon(lambda: told.names("/hook") == ["ModelCpuHigh"])


def test_the_operator_leaves_out_what_names_a_secret_that_is_not_there(
    prometheus_operator: PrometheusOperator, api_client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inferencectl.sandbox.controllers.alertmanager_object._SECONDS", parts.QUIET_SECONDS)
    with pytest.raises(SandboxError, match="has not taken AlertmanagerConfig"):
        configured(api_client, {}, {"slack-url": "http://127.0.0.1:9/"})


def of_models() -> list[Alert]:
    made = groups([*watched_models().values()], "models", MONITORING)
    return [rule for group in made for rule in group.rules if isinstance(rule, Alert)]


def test_what_explains_and_is_explained_are_pages_and_alerts_that_a_model_has() -> None:
    pages = {each.name for each in of_models() if each.name.startswith("Model") and each.severity == CRITICAL}
    tickets = {each.name for each in of_models() if each.name.startswith("Model") and each.severity == WARNING}
    assert {*TICKETS_OF_PAGES} == pages - {"ModelNodeDown", "ModelGpuError"}
    assert {name for names in TICKETS_OF_PAGES.values() for name in names} <= tickets - {*ALWAYS_TOLD}
    assert {*EXPLAINED_BY_A_NODE} <= {*pages, *tickets} - {*ALWAYS_TOLD, "ModelGpuError"}


def test_every_source_that_can_be_missed_has_series_of_its_own() -> None:
    missed = {each.labels["source"]: each.expr for each in of_models() if each.name == "MetricsSourceMissing"}
    assert missed.keys() == SERIES_OF_SOURCES.keys()
    for source, expression in missed.items():
        assert expression.startswith(f"absent({SERIES_OF_SOURCES[source]}")
