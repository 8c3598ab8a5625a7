"""One grammar of cron expressions, wherever the stack file has one."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.settings.settings_pools import KARPENTER, TIME_SLICING, stack
from tests.settings.settings_stack import IRIS, edited, problems

AUTOSCALING = {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"}


def scaling_schedule(cron: str) -> Mapping[str, Any]:
    peak = {"timezone": "UTC", "start": cron, "end": "59 23 * * *", "replicas": 3}
    return {"autoscaling": AUTOSCALING, "models.1.scaling": {"schedules": [peak]}}


def verification(cron: str) -> Mapping[str, Any]:
    return {"verification": {"schedule": cron, "image": f"registry.example/tools@sha256:{'4' * 64}"}}


def budget(cron: str) -> Mapping[str, Any]:
    budgets = [{"nodes": 0, "schedule": cron, "durationMinutes": 5}]
    return stack([{**KARPENTER, "sharing": TIME_SLICING, "disruption": {"budgets": budgets}}])


PLACES = {
    "schedule of KEDA": (scaling_schedule, f"{IRIS}.scaling.schedules[0].start"),
    "schedule of a CronJob": (verification, ".verification.schedule"),
    "disruption budget of Karpenter": (budget, ".pools[0] (shared).disruption.budgets[0].schedule"),
}
FIVE_FIELDS = (
    "expected a cron expression of minute, hour, day of the month, month and day of the week, such as '0 8 * * 1-5'"
)

GOOD = (
    *("* * * * *", "0 8 * * 1-5", "0 8 * * MON-fri", "*/15 0-6,22 ? jan-mar *", "5/20 0 * * *", "0-30/5 0 * * *"),
    # The leap day; the 31st of a long month among short ones; and any Monday of February, whatever its day.
    *("0 0 29 2 *", "0 0 31 2,3 *", "0 0 31 2 1"),
)
MONTHS, DAYS = "jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec", "sun,mon,tue,wed,thu,fri,sat"
BAD = {
    "99 99 99 99 99": "expected a cron expression such as '0 8 * * 1-5', whose minute is from 0 to 59",
    "0 24 * * *": "expected a cron expression such as '0 8 * * 1-5', whose hour is from 0 to 23",
    "0 0 0 * *": "expected a cron expression such as '0 8 * * 1-5', whose day of the month is from 1 to 31",
    "0 0 * 13 *": "expected a cron expression such as '0 8 * * 1-5', whose month is from 1 to 12",
    "0 18 * * 7": "expected a cron expression such as '0 8 * * 1-5', whose day of the week is from 0 to 6",
    "0 18 * * fri-mon": "expected a cron expression such as '0 8 * * 1-5', whose day of the week is from 0 to 6",
    "*/0 18 * * *": "expected a cron expression such as '0 8 * * 1-5', whose minute is from 0 to 59",
    "1,, 18 * * *": "expected a cron expression such as '0 8 * * 1-5', whose minute is from 0 to 59",
    "0 0 31 2 *": "expected a date that exists: the months '2' have at most 29 days",
    "0 0 30,31 feb ?": "expected a date that exists: the months 'feb' have at most 29 days",
    "0 0 31 4,6,9,11 */1": "expected a date that exists: the months '4,6,9,11' have at most 30 days",
    "0 0 31 4/5 *": "expected a date that exists: the months '4/5' have at most 30 days",
    "0 8 * *": FIVE_FIELDS,
    "0 0 8 * * *": FIVE_FIELDS,
    "0  8 * * *": f"{FIVE_FIELDS}; did you mean '0 8 * * *'?",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
class TestEverywhere:
    @pytest.mark.parametrize("cron", GOOD)
    def test_accepted(self, place: Any, cron: str) -> None:
        edits, _ = place
        load("dev", edited(edits(cron)))

    @pytest.mark.parametrize("names", [MONTHS, str.upper(MONTHS)], ids=["lower", "upper"])
    def test_every_month_and_day_has_a_name(self, place: Any, names: str) -> None:
        edits, _ = place
        load("dev", edited(edits(f"0 0 * {names} {DAYS}")))

    @pytest.mark.parametrize(("cron", "message"), BAD.items())
    def test_refused(self, place: Any, cron: str, message: str) -> None:
        edits, path = place
        assert problems(edits(cron)) == [f'{path}: "{cron}"; {message}']


class TestMacros:
    @pytest.mark.parametrize("edits", [verification, budget])
    @pytest.mark.parametrize("macro", ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"])
    def test_kubernetes_and_karpenter_know_them(self, edits: Any, macro: str) -> None:
        load("dev", edited(edits(macro)))

    @pytest.mark.parametrize("edits", [verification, budget])
    def test_others_are_refused(self, edits: Any) -> None:
        (line,) = problems(edits("@fortnightly"))
        assert line.endswith(", or @yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly")

    def test_keda_knows_none(self) -> None:
        edits, path = PLACES["schedule of KEDA"]
        assert problems(edits("@weekly")) == [f"{path}: \"@weekly\"; {FIVE_FIELDS}; did you mean '0 0 * * 0'?"]
