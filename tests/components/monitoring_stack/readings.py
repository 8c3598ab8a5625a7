"""Histories in which it matters how long a rule looks back, or what it counts."""

from collections.abc import Mapping

from components.monitoring_stack.rules.requests import FAILED, TOTAL
from tests.components.monitoring_stack.given import ANSWERS, COUNTS, POD, TRITON
from tests.components.monitoring_stack.reading import ALWAYS, Reading, others
from tests.components.monitoring_stack.readings_of_audits import AUDITS
from tests.components.monitoring_stack.readings_of_drift import DRIFT
from tests.components.monitoring_stack.readings_of_nodes import NODES
from tests.components.monitoring_stack.readings_of_objectives import OF_OBJECTIVE
from tests.components.monitoring_stack.scenes_of_meshes import LOST as LOST_SCRAPES
from tests.components.monitoring_stack.scenes_of_meshes import POD as MESHED


def _of_requests(model: str, answered: str, failed: str, also: Mapping[str, str]) -> tuple[Reading, ...]:
    elsewhere = {**others(answered, model), **also}
    return (
        # Two measurements make a rate: those of minutes 9 and 10, for 5 minutes.
        Reading(
            rule=f"{FAILED}:rate5m",
            also="is 0 where all is answered, and unknown where nothing is",
            model=model,
            series={answered: "0+60x10", **elsewhere},
            expected={9: 0, 13: 0, 14: None},
        ),
        Reading(
            rule=f"{FAILED}:rate5m",
            also="looks back 5 minutes",
            model=model,
            series={failed: "0x10 60+60x20", **others(failed, model)},
            expected={12: 0.4, 13: 0.6, 20: 1},
        ),
        Reading(
            rule=f"{TOTAL}:rate5m",
            also="looks back 5 minutes",
            model=model,
            series={answered: "0x10 60+60x20", failed: "0+60x40", **elsewhere},
            expected={9: 1, 12: 1.4, 13: 1.6, 20: 2},
        ),
    )


_SINGLE = {
    f'{LOST_SCRAPES}{{type="application",namespace="models",pod="{MESHED}",inference_model="meshed"}}': "0x20 1x20",
    f'up{{namespace="models",pod="{MESHED}",inference_model="meshed"}}': "1x40",
}
_WANTED = 'kube_deployment_spec_replicas{namespace="models",deployment="mnist-v1"}'

READINGS = (
    *OF_OBJECTIVE,
    *AUDITS,
    *DRIFT,
    *NODES,
    *_of_requests(
        "mnist",
        f'{ANSWERS}{{API="predict",{POD}}}',
        f'{COUNTS}{{status="INTERNAL",{POD}}}',
        {f'{ANSWERS}{{API="",{POD}}}': ALWAYS},
    ),
    *_of_requests(
        "digits",
        f"nv_inference_request_success{{{TRITON}}}",
        f'nv_inference_request_failure{{reason="BACKEND",{TRITON}}}',
        {},
    ),
    Reading(
        rule="ModelUnavailable",
        also="remembers a Deployment for a day",
        model="mnist",
        step=30,
        series={_WANTED: "2x2 stale", 'kube_namespace_created{namespace="models"}': "1x60"},
        expected={60: None, 120: 1, 1470: 1, 1500: None},
    ),
    Reading(
        rule="ModelIndicatorMissing",
        also="remembers requests for a day",
        model="mnist",
        step=30,
        series={f'{ANSWERS}{{API="predict",{POD}}}': "0+60x2 stale", f"up{{{POD}}}": "1x60"},
        expected={60: None, 120: 1, 1470: 1, 1500: None},
    ),
    # A scrape that was lost counts for 3 minutes.
    Reading(
        rule="ModelServerDown",
        also="of a single scrape that was lost",
        model="meshed",
        series=_SINGLE,
        expected={20: None, 21: 1, 22: 1, 23: None},
    ),
    Reading(
        rule="ModelMetricsMissing",
        also="of a single scrape that was lost",
        model="meshed",
        series={
            **_SINGLE,
            'kube_deployment_status_replicas_available{namespace="models",deployment="meshed-v1"}': "1x40",
            'up{namespace="elsewhere",pod="meshed-v1-other",inference_model="meshed"}': "1x40",
        },
        expected={20: None, 21: 1, 22: 1, 23: None},
    ),
)
