"""Monitoring and objectives: what a stack can ask for, and what it is told where that cannot be."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.settings.settings_stack import IRIS, edited, problems

MONITORING = {"scraperNamespace": "monitoring"}
OBJECTIVE = {"availabilityPercent": 99.9, "latencyP95Milliseconds": 200}


def test_what_can_be_asked_for() -> None:
    platform = load("dev", edited({"monitoring": MONITORING, "models.1.objective": OBJECTIVE}))
    assert platform.monitoring
    assert (platform.monitoring.team, platform.monitoring.runbooks) == ("platform", "docs/runbooks")
    assert platform.models[1].objective


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ({"scraperNamespace": "Monitoring"}, 'scraperNamespace: "Monitoring"; expected a DNS label'),
        ({"scrapeIntervalSeconds": 90}, "scrapeIntervalSeconds: 90; expected at most 60"),
        ({"sampleLimit": 0}, "sampleLimit: 0; expected at least 1"),
        ({"labels": {"a b": "c"}}, 'labels["a b"]: "a b"; expected a label key'),
        ({"labels": {"release": "a b"}}, 'labels.release: "a b"; expected a label value'),
        ({"team": "ML platform"}, 'team: "ML platform"; expected a DNS label'),
        ({"runbooks": "https://runbooks.example/"}, "did you mean 'https://runbooks.example'?"),
        ({"runbook": "x"}, "did you mean 'runbooks'?"),
        ({"dashboards": {"labels": {}}}, "dashboards.labels: "),
        ({"dashboards": {"labels": {"a b": "1"}}}, 'dashboards.labels["a b"]: "a b"; expected a label key'),
        ({"dashboards": {"folder": " Models"}}, 'dashboards.folder: " Models"; expected the name of a folder'),
        ({"dashboards": {"datasource": "a/b"}}, 'dashboards.datasource: "a/b"; expected the name of a data source'),
        ({"dashboards": {"label": {}}}, "did you mean 'labels'?"),
    ],
)
def test_a_wrong_value_of_monitoring(edits: Mapping[str, Any], problem: str) -> None:
    (found,) = problems({"monitoring": {**MONITORING, **edits}})
    assert problem in found


@pytest.mark.parametrize("percent", [0, 50, 93, 94.999, 100, 99.9999, -1])
def test_an_objective_that_nobody_could_be_paged_for_or_that_leaves_no_budget(percent: float) -> None:
    (found,) = problems({"monitoring": MONITORING, "models.1.objective": {"availabilityPercent": percent}})
    assert f"{IRIS}.objective.availabilityPercent: {percent}; expected at " in found


@pytest.mark.parametrize("value", ["99.9", True, None, float("nan")])
def test_an_objective_is_a_number(value: object) -> None:
    (found,) = problems({"monitoring": MONITORING, "models.1.objective": {"availabilityPercent": value}})
    assert f"{IRIS}.objective.availabilityPercent" in found


def test_an_objective_that_nobody_watches_has_no_effect() -> None:
    (found,) = problems({"models.1.objective": OBJECTIVE})
    assert f"{IRIS}.objective: has no effect: nobody measures it" in found


def test_an_objective_that_a_runtime_cannot_measure() -> None:
    torchserve = {"models.1.runtime": "torchserve", "models.1.objective": OBJECTIVE, "monitoring": MONITORING}
    failures, latency = problems(torchserve)
    assert "availabilityPercent: cannot be measured: runtime torchserve does not count" in failures
    assert "latencyP95Milliseconds: cannot be measured: runtime torchserve has no histogram" in latency


def test_a_latency_that_triton_cannot_measure() -> None:
    triton = {"models.1.runtime": "triton", "models.1.triton": {"backend": "onnxruntime"}, "monitoring": MONITORING}
    (found,) = problems({**triton, "models.1.objective": OBJECTIVE})
    assert "runtime triton has no histogram" in found
    assert load("dev", edited({**triton, "models.1.objective": {"availabilityPercent": 99}}))
