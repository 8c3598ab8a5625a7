"""Who is told of the alerts, and when nobody is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Annotated

from pydantic import Field

from settings.cluster.alerting.maintenance import Maintenance
from settings.cluster.alerting.receiver import Receiver
from settings.cluster.alerting.route import AlertSeverity, Grouping, Heartbeat, Receivers, Route
from settings.validation.issues import Issue
from settings.validation.section import Section
from settings.validation.words import did_you_mean, listed
from settings.values.text import MetricsEndpoint


class Alerting(Section):
    """Who is told of the alerts: what an Alertmanager that prometheus-operator configures does with them."""

    address: MetricsEndpoint | None = None
    """Address of Alertmanager's API, which `make alerts` asks."""
    receivers: Annotated[tuple[Receiver, ...], Field(min_length=1)]
    """Where alerts are delivered."""
    default: Receivers
    """Names of the receivers that are told of what fits no route."""
    routes: tuple[Route, ...] = ()
    """Who is told of what instead."""
    grouping: Grouping = Grouping()
    """Which alerts are told together, and when."""
    heartbeat: Heartbeat | None = None
    """Who notices when alerts no longer arrive; nobody by default."""
    maintenance: tuple[Maintenance, ...] = ()
    """Windows in which nobody is told; what still holds at the end of one is told then."""

    def issues(self) -> Iterator[Issue]:
        """Check that names are unique, that those who are to be told exist, and that all who exist are told."""
        yield from _repeated("receivers", [each.name for each in self.receivers])
        yield from _repeated("maintenance", [each.name for each in self.maintenance])
        known = [each.name for each in self.receivers]
        told = list(self._told())
        for path, name in told:
            if name not in known:
                hint = did_you_mean(name, known)
                yield Issue(path=path, found=f"'{name}'", expected=f"a receiver: {listed(known)}", hint=hint)
        for index, name in enumerate(known):
            if name not in [each for _, each in told]:
                yield Issue(
                    path=("receivers", index, "name"),
                    found=f"'{name}', whom nothing is told",
                    expected="a receiver that default, a route or the heartbeat names",
                )

        yield from self._unreached()
        if self.heartbeat and [name for _, name in told].count(self.heartbeat.receiver) > 1:
            yield Issue(
                path=("heartbeat", "receiver"),
                found=f"'{self.heartbeat.receiver}', who is told of others too",
                expected="a receiver of its own: it hears all the time, and never that an alert is over",
            )

    def _unreached(self) -> Iterator[Issue]:
        named = dict.fromkeys(team for route in self.routes for team in route.teams)
        taken: set[tuple[str | None, AlertSeverity]] = set()
        for number, route in enumerate(self.routes):
            # None is a team that no route names.
            wanted = set(product(route.teams or (*named, None), route.severities or AlertSeverity))
            if wanted <= taken:
                yield Issue(
                    path=("routes", number),
                    found="alerts that earlier routes take",
                    expected="a team and a severity that no earlier route takes",
                    hint="the first route that an alert fits takes it, and names all its receivers",
                )
            taken |= wanted

    def _told(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for index, name in enumerate(self.default):
            yield ("default", index), name
        for number, route in enumerate(self.routes):
            for index, name in enumerate(route.receivers):
                yield ("routes", number, "receivers", index), name
        if self.heartbeat:
            yield ("heartbeat", "receiver"), self.heartbeat.receiver


def _repeated(key: str, names: Iterable[str]) -> Iterator[Issue]:
    names = list(names)
    uses = Counter(names)
    for index, name in enumerate(names):
        if uses[name] > 1:
            yield Issue(
                path=(key, index, "name"), found=f"'{name}', {uses[name]} times", expected="a different name for each"
            )
