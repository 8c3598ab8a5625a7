"""The alerts of a stack that fire, and why somebody is told, or nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.monitoring_stack.alerting.receivers import NOBODY
from components.monitoring_stack.rules import MODEL_LABEL
from inferencectl.alerts.alertmanager_api import AlertmanagerApi
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_LOUDEST_FIRST = ("critical", "warning")


@dataclass(frozen=True, kw_only=True)
class Firing:
    """An alert; `told` are the receivers that it is routed to, unless `quiet` says why none of them is told."""

    name: str
    model: str
    severity: str
    team: str
    since: datetime
    summary: str
    description: str
    runbook: str
    told: Sequence[str]
    quiet: Sequence[str]

    @property
    def data(self) -> Mapping[str, Any]:
        """The same for machines."""
        return {**self.__dict__, "since": self.since.isoformat()}


def firing_of(api: AlertmanagerApi, namespace: str) -> list[Firing]:
    """What fires in a namespace: the loudest first, then what fires longest.

    Raises:
        SandboxError: Alertmanager cannot be asked, or what answers is none.
    """
    alerts = api.alerts(namespace)
    try:
        silences = api.silences() if any(each["status"]["silencedBy"] for each in alerts) else {}
        names = {each["fingerprint"]: _named(each["labels"]) for each in alerts}
        found = [_firing(each, namespace, silences, names) for each in alerts]
    except (KeyError, TypeError, ValueError):
        raise SandboxError(
            f"{api.url}: alerts in an unknown format",
            "specify an Alertmanager of version 0.28 or newer",
            exit_code=BAD_INPUT,
        ) from None
    return sorted(found, key=lambda each: (_loudness(each.severity), each.since, each.name, each.model))


def _firing(
    alert: Mapping[str, Any], namespace: str, silences: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]
) -> Firing:
    labels, annotations, status = alert["labels"], alert["annotations"], alert["status"]
    told = dict.fromkeys(_own(each["name"], namespace) for each in alert["receivers"])
    return Firing(
        name=labels["alertname"],
        model=labels.get(MODEL_LABEL, ""),
        severity=labels.get("severity", ""),
        team=labels.get("team", ""),
        since=datetime.fromisoformat(alert["startsAt"]),
        summary=annotations.get("summary", ""),
        description=annotations.get("description", ""),
        runbook=annotations.get("runbook_url", ""),
        told=[name for name in told if name != NOBODY],
        quiet=[
            *(_silenced(each, silences) for each in status["silencedBy"]),
            *(f"inhibited by {names.get(each, 'an alert of another namespace')}" for each in status["inhibitedBy"]),
            *(f"muted by the window {_own(each, namespace)}" for each in status.get("mutedBy", [])),
        ],
    )


def _silenced(identity: str, silences: Mapping[str, Mapping[str, Any]]) -> str:
    if (silence := silences.get(identity)) is None:
        return "silenced"
    ends = f"{datetime.fromisoformat(silence['endsAt']):%Y-%m-%d %H:%M}"
    return f"silenced by {silence['createdBy']} until {ends} UTC: {silence['comment']}"


def _own(name: str, namespace: str) -> str:
    """A name without what the operator puts before it: the namespace and the AlertmanagerConfig."""
    return name.rsplit("/", maxsplit=1)[-1] if name.startswith(f"{namespace}/") else name


def _named(labels: Mapping[str, str]) -> str:
    return " ".join(filter(None, (labels["alertname"], labels.get(MODEL_LABEL, ""))))


def _loudness(severity: str) -> int:
    return _LOUDEST_FIRST.index(severity) if severity in _LOUDEST_FIRST else len(_LOUDEST_FIRST)
