"""Who is told of alerts: what a stack can ask for, and what it is told where that makes no sense."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from settings import load
from tests.components.add_on.installed_monitoring import INSTALLATION
from tests.settings.settings_alerting import ALERTING, EMAIL, SLACK, WEBHOOK, WECOM, alerting
from tests.settings.settings_stack import DELETED, IRIS, ROOT, edited, problems

HERE = "monitoring.alerting"
ONCE, WEEKLY = f"{HERE}.maintenance.0", f"{HERE}.maintenance.1"


def test_everything_that_can_be_asked_for_together() -> None:
    platform = load("dev", edited(alerting({"models.1.team": "search", f"{HERE}.routes.0.teams": ["search"]})))
    assert platform.models[1].team == "search"
    assert platform.monitoring
    assert platform.monitoring.alerting
    assert len(platform.monitoring.alerting.receivers) == len(ALERTING["receivers"])


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        (
            {f"{HERE}.routes.0.receivers": ["pagr", "chat", "pager"]},
            "routes[0].receivers[0]: 'pagr'; expected a receiver",
        ),
        ({f"{HERE}.routes.0.receivers": ["pagr", "chat", "pager"]}, "did you mean 'pager'?"),
        ({f"{HERE}.default": ["hook", "x"]}, "default[1]: 'x'; expected a receiver"),
        ({f"{HERE}.default": []}, "default: an empty list"),
        (
            {f"{HERE}.default": ["hook", "hook"]},
            "default: a list of 2; expected each name once; 'hook' is there 2 times",
        ),
        ({f"{HERE}.routes.0.receivers": ["pager", "chat", "pager"]}, "'pager' is there 2 times"),
        ({f"{HERE}.grouping.by": ["severity", "team", "severity"]}, "'severity' is there 2 times"),
        (
            {f"{HERE}.routes.1": {"teams": ["platform"], "severities": ["critical"], "receivers": ["mail"]}},
            "routes[1]: alerts that earlier routes take; expected a team and a severity",
        ),
        (
            {f"{HERE}.routes.1.severities": ["warning"], f"{HERE}.routes.2.teams": ["platform"]},
            "routes[2]: alerts that",
        ),
        ({f"{HERE}.routes.2.receivers": ["mail"]}, "receivers[4] (wecom).name: 'wecom', whom nothing is told"),
        ({f"{HERE}.heartbeat": DELETED}, "receivers[5] (heartbeat).name: 'heartbeat', whom nothing is told"),
        (
            {f"{HERE}.default": ["hook", "heartbeat"]},
            "heartbeat.receiver: 'heartbeat', who is told of others too",
        ),
        ({f"{HERE}.routes.1.teams": ["platfrom"]}, "routes[1].teams[0]: 'platfrom', a team that no alert has"),
        ({f"{HERE}.routes.1": {"receivers": ["mail"]}}, "routes[1].teams: missing; expected teams, severities or both"),
        ({f"{HERE}.routes.0.severities": ["urgent"]}, 'severities[0]: "urgent"; expected critical or warning'),
        ({f"{ONCE}.end": "2027-03-27T21:59"}, "end: '2027-03-27T21:59', not after begin"),
        ({f"{ONCE}.end": "2027-03-27T22:00"}, "end: '2027-03-27T22:00', not after begin"),
        (
            {f"{ONCE}.begin": "2027-03-28T02:30", f"{ONCE}.end": "2027-03-28T03:15"},
            "not after begin; expected a time after 2027-03-28T02:30; clocks are put forward in between",
        ),
        ({f"{ONCE}.end": "2027-06-01T00:00"}, "65 days after begin; expected at most 31 days"),
        ({f"{ONCE}.begin": "2027-02-30T22:00"}, 'begin: "2027-02-30T22:00"; expected a date and time'),
        ({f"{WEEKLY}.end": "05:00"}, "a window over midnight is two"),
        ({f"{WEEKLY}.end": "24:01"}, 'end: "24:01"; expected a time of the day'),
        ({f"{WEEKLY}.timezone": "Europe/Berlin"}, "timezone: 'Europe/Berlin', which has daylight saving"),
        ({f"{WEEKLY}.timezone": "Asia/Shangai"}, "did you mean 'Asia/Shanghai'?"),
        ({f"{WEEKLY}.weekdays": []}, "weekdays: an empty list"),
        ({f"{HERE}.receivers.2.urlSecret": {"name": "receivers"}}, "urlSecret.key: missing"),
        ({f"{HERE}.receivers.2.urlSecret": {"name": "receivers", "key": ""}}, 'urlSecret.key: ""; expected a key of'),
        ({f"{HERE}.receivers.2.urlSecret": "https://hooks.example/T0/B0"}, "urlSecret: "),
        (
            {f"{HERE}.receivers.0": {**WEBHOOK, "url": None}},
            "receivers[0] (hook).url: missing; expected url or urlSecret",
        ),
        ({f"{HERE}.receivers.0": {**WEBHOOK, "urlSecret": SLACK["urlSecret"]}}, "url and urlSecret; expected one"),
        ({f"{HERE}.receivers.1": {**EMAIL, "username": None}}, "username: missing; expected username and passwordSec"),
        ({f"{HERE}.receivers.1": {**EMAIL, "to": ["team"]}}, 'to[0]: "team"; expected an e-mail address'),
        ({f"{HERE}.receivers.1": {**EMAIL, "server": "smtp.example.org"}}, "expected host and port"),
        ({f"{HERE}.receivers.4": {**WECOM, "toUsers": []}}, "toUsers: an empty list"),
        ({f"{HERE}.receivers.0.type": "dingtalk"}, "receivers[0]"),
        ({f"{HERE}.grouping": {"intervalSeconds": 600, "repeatMinutes": 5}}, "repeatMinutes: 5, less than interval"),
    ],
)
def test_what_makes_no_sense_is_one_clear_error(edits: Mapping[str, Any], problem: str) -> None:
    (found,) = problems(alerting(edits))
    assert problem in found


def test_each_name_is_one_receivers_and_one_windows() -> None:
    both = problems(alerting({f"{HERE}.receivers.4.name": "pager", f"{HERE}.routes.2.receivers": ["pager"]}))
    assert [("'pager', 2 times" in found) for found in both] == [True, True]
    both = problems(alerting({f"{WEEKLY}.name": "upgrade"}))
    assert [("'upgrade', 2 times" in found) for found in both] == [True, True]


def test_a_team_that_nobody_watches_has_no_effect() -> None:
    (found,) = problems({"models.1.team": "search"})
    assert f"{IRIS}.team: 'search' has no effect" in found


def test_an_installed_alertmanager_is_let_out_to_its_receivers() -> None:
    installed = {"monitoring.installation": INSTALLATION}
    (found,) = (each for each in problems(alerting(installed)) if "cidrs" in each)
    assert ".monitoring.installation.alertmanager.cidrs: missing; expected the networks of the receivers" in found
    let_out = {**INSTALLATION, "alertmanager": {"cidrs": ["192.0.2.0/24"]}}
    assert load("dev", edited(alerting({"monitoring.installation": let_out})))


def test_the_example_of_the_page_is_a_stack() -> None:
    page = (ROOT / "docs" / "alerting.md").read_text(encoding="utf-8")
    example = yaml.safe_load(page.partition("```yaml\n")[2].partition("```")[0])
    (model,) = example["models"]
    platform = load("dev", edited({"monitoring": example["monitoring"], "models.1.team": model["team"]}))
    assert platform.monitoring
    assert platform.monitoring.alerting
