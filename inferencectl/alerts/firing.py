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
    groups = api.groups(namespace)
    try:
        alerts = {each["fingerprint"]: each for group in groups for each in group["alerts"]}
        silences = api.silences() if any(each["status"]["silencedBy"] for each in alerts.values()) else {}
        found = [
            _firing(each, _receivers(name, groups, namespace), _explained(each, silences, alerts))
            for name, each in alerts.items()
        ]
    except (KeyError, TypeError, ValueError):
        raise SandboxError(
            f"{api.url}: alerts in an unknown format",
            "specify an Alertmanager of version 0.28 or newer",
            exit_code=BAD_INPUT,
        ) from None
    return sorted(found, key=lambda each: (_loudness(each.severity), each.since, each.name, each.model))


def _firing(alert: Mapping[str, Any], receivers: Mapping[str, Sequence[str]], explained: Sequence[str]) -> Firing:
    labels, annotations = alert["labels"], alert["annotations"]
    told = sorted(name for name, windows in receivers.items() if not windows)
    muted = dict.fromkeys(window for windows in receivers.values() for window in windows)
    return Firing(
        name=labels["alertname"],
        model=labels.get(MODEL_LABEL, ""),
        severity=labels.get("severity", ""),
        team=labels.get("team", ""),
        since=datetime.fromisoformat(alert["startsAt"]),
        summary=annotations.get("summary", ""),
        description=annotations.get("description", ""),
        runbook=annotations.get("runbook_url", ""),
        told=told,
        quiet=[*explained, *([] if told else [f"muted by the window {window}" for window in muted])],
    )


def _receivers(fingerprint: str, groups: Sequence[Mapping[str, Any]], namespace: str) -> Mapping[str, Sequence[str]]:
    """Whom an alert is for, each with the windows that mute it there."""
    found = {
        _own(group["receiver"]["name"], namespace): [
            _own(window, namespace) for window in each["status"].get("mutedBy") or []
        ]
        for group in groups
        for each in group["alerts"]
        if each["fingerprint"] == fingerprint
    }
    return {name: windows for name, windows in found.items() if name != NOBODY}


def _explained(
    alert: Mapping[str, Any], silences: Mapping[str, Mapping[str, Any]], alerts: Mapping[str, Mapping[str, Any]]
) -> Sequence[str]:
    """Why nobody is told of an alert at all."""
    silenced = [_silenced(each, silences) for each in alert["status"]["silencedBy"]]
    causes = [_named(alerts[each]["labels"]) for each in alert["status"]["inhibitedBy"] if each in alerts]
    inhibited = [f"inhibited by {', '.join(causes) or 'another alert'}"] if alert["status"]["inhibitedBy"] else []
    return [*silenced, *inhibited]


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
