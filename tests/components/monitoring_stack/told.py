"""A real Alertmanager with what the real operator makes of a stack's settings, and everybody whom it tells."""

import copy
import http.client
import json
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient

from inferencectl.alerts import AlertmanagerApi
from inferencectl.demos.alert.webhook import Webhook, webhook
from inferencectl.deployer.resources import Resources
from inferencectl.sandbox.controllers import Alertmanager
from inferencectl.sandbox.controllers.alertmanager_object import operators_configuration
from tests.components.monitoring_stack.mailbox import Mailbox, mailbox
from tests.components.monitoring_stack.stack_of_monitoring import manifests, of_kind
from tests.settings.settings_alerting import ALERTING, alerting

HERE = "monitoring.alerting"
QUIET_SECONDS = 3.0
"""How long nothing has to come before it counts as nothing."""


def secrets(told: Webhook) -> Mapping[str, str]:
    """What the Secret of the receivers holds."""
    return {
        "mail-password": "open sesame",
        "slack-url": f"{told.url}/slack",
        "pagerduty-key": "routing-key",
        "wecom-secret": "wecom-secret",
        "heartbeat-url": f"{told.url}/heartbeat",
    }


def local(told: Webhook, box: Mailbox) -> Mapping[str, Any]:
    """The edits by which the receivers of the tests' settings are on this machine and do not wait long."""
    hook, mail, chat, pager, wecom, heartbeat = copy.deepcopy(ALERTING["receivers"])
    changed = [
        {**hook, "url": f"{told.url}/hook"},
        {**mail, "server": box.address, "requireTls": False},
        chat,
        {**pager, "url": f"{told.url}/pagerduty"},
        {**wecom, "url": f"{told.url}/wecom"},
        heartbeat,
    ]
    return {
        f"{HERE}.receivers": changed,
        f"{HERE}.grouping": {"waitSeconds": 1, "intervalSeconds": 1, "repeatMinutes": 60},
        f"{HERE}.maintenance": [],
    }


def configured(api: ApiClient, edits: Mapping[str, Any], values: Mapping[str, str]) -> tuple[str, str]:
    """A fresh namespace with the AlertmanagerConfig of the dev stack with edits, and what the operator makes of it."""
    (made,) = of_kind("AlertmanagerConfig", manifests(alerting(edits))).values()
    namespace, resources = f"told-{uuid.uuid4().hex[:8]}", Resources(api)
    resources.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    encoded = {key: b64encode(value.encode()).decode() for key, value in values.items()}
    metadata = {"name": "receivers", "namespace": namespace}
    resources.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded})
    wanted = {**made, "metadata": {**made["metadata"], "namespace": namespace}}
    resources.apply(wanted)
    return namespace, operators_configuration(api, wanted)


@dataclass(frozen=True, kw_only=True)
class Told:
    """An Alertmanager, the namespace whose alerts it routes, and what arrives."""

    api: AlertmanagerApi
    namespace: str
    configuration: str
    webhook: Webhook
    mailbox: Mailbox

    def fire(self, *alerts: Mapping[str, str], over: bool = False) -> None:
        """Send alerts as Prometheus does, or that they are over."""
        now = datetime.now(UTC)
        # What began earlier than its group waits would be told at once, and alone.
        begins, ends = (now + timedelta(seconds=each) for each in ((-120, -1) if over else (0, 300)))
        sent = [
            {
                "labels": {"namespace": self.namespace, "team": "platform", **labels},
                "annotations": {
                    "summary": f"Summary of {labels['alertname']}",
                    "description": "50 % of the requests fail",
                    "runbook_url": f"https://runbooks.example/{labels['alertname']}.md",
                },
                "startsAt": begins.isoformat(),
                "endsAt": ends.isoformat(),
            }
            for labels in alerts
        ]
        headers = {"Content-Type": "application/json"}
        connection = http.client.HTTPConnection(self.api.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/api/v2/alerts", json.dumps(sent), headers)
        assert connection.getresponse().status == HTTPStatus.OK
        connection.close()

    def names(self, path: str, status: str = "firing") -> Sequence[str]:
        """The alerts that were delivered to a path in Alertmanager's own format."""
        each = [alert for delivery in self.webhook.to(path) for alert in delivery.body["alerts"]]
        return [alert["labels"]["alertname"] for alert in each if alert["status"] == status]

    def quiet(self) -> None:
        """Wait as long as a delivery would have taken."""
        time.sleep(QUIET_SECONDS)


@contextmanager
def telling(api: ApiClient, directory: Path, edits: Mapping[str, Any] | None = None) -> Iterator[Told]:
    """An Alertmanager for the tests' settings, with further edits; it stops at the end."""
    with webhook() as told, mailbox() as box:
        # What WeCom answers to the request for a token.
        told.answer = {"errcode": 0, "access_token": "token"}
        namespace, configuration = configured(api, {**local(told, box), **(edits or {})}, secrets(told))
        (directory / "logs").mkdir()
        server = Alertmanager(directory)
        server.start(configuration, lambda _: None)
        try:
            yield Told(
                api=AlertmanagerApi(url=server.url),
                namespace=namespace,
                configuration=configuration,
                webhook=told,
                mailbox=box,
            )
        finally:
            server.stop()
