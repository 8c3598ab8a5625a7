"""The receivers, each in the words of what is spoken there."""

from collections.abc import Callable, Mapping
from typing import Any

from settings.cluster.alerting.alerting import Alerting
from settings.cluster.alerting.receiver import (
    EmailReceiver,
    PagerDutyReceiver,
    Receiver,
    SlackReceiver,
    WebhookReceiver,
    WeComReceiver,
)
from settings.cluster.alerting.secret_key import SecretKey

NOBODY = "Nobody"
"""A receiver that tells nobody; with a capital letter, which no name in the settings has."""

# What Alertmanager's own text for Slack leaves out.
_SLACK_TEXT = (
    "{{ range .Alerts }}{{ .Annotations.summary }}: {{ .Annotations.description }} <{{ .Annotations.runbook_url }}>\n"
    "{{ end }}"
)
# Empty, PagerDuty refuses it; alerts of both severities are together only where nobody groups by it.
_PAGERDUTY_SEVERITY = "{{ with .CommonLabels.severity }}{{ . }}{{ else }}critical{{ end }}"


def receiver(of: Receiver, alerting: Alerting) -> dict[str, Any]:
    """A receiver that is told of an alert's end too, unless it waits for one that never ends."""
    is_heartbeat = alerting.heartbeat is not None and alerting.heartbeat.receiver == of.name
    kind, spoken = _KINDS[type(of)]
    return {"name": of.name, kind: [{"sendResolved": not is_heartbeat, **spoken(of)}]}


def _webhook(of: WebhookReceiver) -> dict[str, Any]:
    return {"urlSecret": _selector(of.url_secret)} if of.url_secret else {"url": of.url}


def _email(of: EmailReceiver) -> dict[str, Any]:
    login = {"authUsername": of.username, "authPassword": _selector(of.password_secret)} if of.password_secret else {}
    return {
        "to": ", ".join(of.to),
        "from": of.from_,
        "smarthost": of.server,
        "requireTLS": of.require_tls,
        **login,
    }


def _slack(of: SlackReceiver) -> dict[str, Any]:
    channel = {"channel": of.channel} if of.channel else {}
    return {"apiURL": _selector(of.url_secret), "text": _SLACK_TEXT, **channel}


def _pagerduty(of: PagerDutyReceiver) -> dict[str, Any]:
    return {
        "routingKey": _selector(of.routing_key_secret),
        "severity": _PAGERDUTY_SEVERITY,
        **({"url": of.url} if of.url else {}),
    }


def _wecom(of: WeComReceiver) -> dict[str, Any]:
    return {
        "apiSecret": _selector(of.api_secret),
        "corpID": of.corporation,
        "agentID": of.agent,
        "toUser": "|".join(of.to_users),
        **({"apiURL": f"{of.url}/"} if of.url else {}),
    }


_KINDS: Mapping[type, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    WebhookReceiver: ("webhookConfigs", _webhook),
    EmailReceiver: ("emailConfigs", _email),
    SlackReceiver: ("slackConfigs", _slack),
    PagerDutyReceiver: ("pagerdutyConfigs", _pagerduty),
    WeComReceiver: ("wechatConfigs", _wecom),
}


def _selector(secret: SecretKey) -> dict[str, str]:
    return {"name": secret.name, "key": secret.key}
