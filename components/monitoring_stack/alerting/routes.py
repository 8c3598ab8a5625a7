"""Who is told of which alerts: the first route that an alert fits takes it, to all its receivers."""

from collections.abc import Iterator, Sequence
from typing import Any

from components.monitoring_stack.alerting.matchers import equal, one_of
from components.monitoring_stack.alerting.receivers import NOBODY
from components.monitoring_stack.rules import WATCHDOG
from settings.cluster.alerting.alerting import Alerting
from settings.cluster.alerting.route import Heartbeat, Route


def root_route(alerting: Alerting) -> dict[str, Any]:
    """All routes; the operator lets none through but alerts of the namespace, and asks its other routes as well."""
    grouping = alerting.grouping
    return {
        "receiver": NOBODY,
        "groupBy": list(grouping.by),
        "groupWait": f"{grouping.wait_seconds}s",
        "groupInterval": f"{grouping.interval_seconds}s",
        "repeatInterval": f"{grouping.repeat_minutes}m",
        "routes": [
            _watchdog(alerting.heartbeat),
            *(each for route in alerting.routes for each in _told(alerting, route.receivers, _matchers(route))),
            *_told(alerting, alerting.default, []),
        ],
    }


def _watchdog(heartbeat: Heartbeat | None) -> dict[str, Any]:
    matchers = [equal("alertname", WATCHDOG)]
    if heartbeat is None:
        return {"receiver": NOBODY, "matchers": matchers}
    seconds = 60 * heartbeat.every_minutes
    return {
        "receiver": heartbeat.receiver,
        "matchers": matchers,
        "groupWait": "0s",
        "groupInterval": f"{seconds}s",
        # Whether to repeat is asked once per interval: after as long as that, it would be just too early every time.
        "repeatInterval": f"{seconds // 2}s",
    }


def _matchers(route: Route) -> list[dict[str, Any]]:
    wanted = (("team", route.teams), ("severity", route.severities))
    return [one_of(label, values) for label, values in wanted if values]


def _told(alerting: Alerting, receivers: Sequence[str], matchers: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    windows = [each.name for each in alerting.maintenance]
    for number, name in enumerate(receivers, start=1):
        yield {
            "receiver": name,
            **({"matchers": list(matchers)} if matchers else {}),
            **({"muteTimeIntervals": windows} if windows else {}),
            "continue": number < len(receivers),
        }
