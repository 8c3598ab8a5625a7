"""A stack whose alerts are told to somebody over everything that can be spoken."""

import copy
from collections.abc import Mapping
from typing import Any

MONITORING: Mapping[str, Any] = {"scraperNamespace": "monitoring", "labels": {"release": "prometheus"}}


def secret(key: str) -> Mapping[str, str]:
    """A reference to a key of the Secret with what receivers need."""
    return {"name": "receivers", "key": key}


WEBHOOK = {"name": "hook", "type": "webhook", "url": "http://hook.monitoring.svc:8080/alerts"}
EMAIL = {
    "name": "mail",
    "type": "email",
    "to": ["team@example.org", "lead@example.org"],
    "from": "alerts@example.org",
    "server": "smtp.example.org:587",
    "username": "alerts",
    "passwordSecret": secret("mail-password"),
}
SLACK = {"name": "chat", "type": "slack", "urlSecret": secret("slack-url"), "channel": "#models"}
PAGERDUTY = {"name": "pager", "type": "pagerduty", "routingKeySecret": secret("pagerduty-key")}
WECOM = {
    "name": "wecom",
    "type": "wecom",
    "corporation": "ww1",
    "agent": "1000002",
    "apiSecret": secret("wecom-secret"),
}
HEARTBEAT = {"name": "heartbeat", "type": "webhook", "urlSecret": secret("heartbeat-url")}
ALERTING: Mapping[str, Any] = {
    "address": "http://alertmanager.monitoring.svc:9093",
    "receivers": [WEBHOOK, EMAIL, SLACK, PAGERDUTY, WECOM, HEARTBEAT],
    "default": ["hook"],
    "routes": [
        {"teams": ["platform"], "severities": ["critical"], "receivers": ["pager", "chat"]},
        {"teams": ["platform"], "receivers": ["mail"]},
        {"severities": ["critical"], "receivers": ["wecom"]},
    ],
    "grouping": {"waitSeconds": 10, "intervalSeconds": 60, "repeatMinutes": 60},
    "heartbeat": {"receiver": "heartbeat", "everyMinutes": 2},
    "maintenance": [
        {
            "name": "upgrade",
            "repeats": "never",
            "timezone": "Europe/Berlin",
            "begin": "2027-03-27T22:00",
            "end": "2027-03-28T04:00",
        },
        {
            "name": "weekly",
            "repeats": "weekly",
            "timezone": "Asia/Shanghai",
            "weekdays": ["sunday"],
            "begin": "06:00",
            "end": "10:00",
        },
    ],
}


def alerting(edits: Mapping[str, Any]) -> Mapping[str, Any]:
    """Edits of a committed stack that give it all of this, and then others."""
    return {"monitoring": copy.deepcopy({**MONITORING, "alerting": ALERTING}), **edits}
