"""Check that the teams that routes name are told of anything."""

from collections.abc import Iterator, Sequence

from settings.cluster.monitoring import Monitoring
from settings.model.model import Model
from settings.validation.issues import Issue
from settings.validation.words import did_you_mean, listed


def alerting_issues(monitoring: Monitoring | None, models: Sequence[Model]) -> Iterator[Issue]:
    """Teams of routes that no alert has; paths below the platform."""
    if monitoring is None or monitoring.alerting is None:
        return
    known = dict.fromkeys([monitoring.team, *(model.team for model in models if model.team)])
    for number, route in enumerate(monitoring.alerting.routes):
        for index, team in enumerate(route.teams):
            if team not in known:
                yield Issue(
                    path=("monitoring", "alerting", "routes", number, "teams", index),
                    found=f"'{team}', a team that no alert has",
                    expected=f"the team of monitoring or of a model: {listed(known)}",
                    hint=did_you_mean(team, known),
                )


def team_issues(monitoring: Monitoring | None, model: Model) -> Iterator[Issue]:
    """A team that is told of nothing; paths below the model."""
    if model.team and monitoring is None:
        yield Issue(
            path=("team",),
            found=f"'{model.team}' has no effect: the model has no alerts",
            expected="no team, or monitoring among the stack's settings",
        )
