"""Autoscaling on what matters: what a stack can ask for, and what it is reported where that cannot be."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.settings.settings_stack import IRIS, edited, problems

AUTOSCALING = {
    "prometheus": "http://prometheus.monitoring.svc:9090",
    "scraperNamespace": "monitoring",
    "otherMetrics": ["redis_list_length", "x"],
}
ADAPTER = {**AUTOSCALING, "engine": "prometheus-adapter", "adapterNamespace": "monitoring"}
QUEUE = {"query": 'redis_list_length{key="iris"}', "lengthPerPod": 10}
PEAK = {"timezone": "Europe/Berlin", "start": "0 8 * * mon-fri", "end": "0 18 * * mon-fri", "replicas": 3}
ZERO = {"minReplicas": 0, "queue": QUEUE, "coldStartSeconds": 120}

GOOD = {
    "requests": {"requestsPerSecond": 0.5},
    "latency": {"latencyP95Milliseconds": 200, "cpuUtilizationPercent": None},
    "queue": {"queue": QUEUE, "fallbackReplicas": 3},
    "arrivals": {"requestsPerSecond": 50, "arrivalsQuery": "sum(rate(x[1m]))"},
    "peaks": {"schedules": [PEAK, {**PEAK, "timezone": "UTC", "start": "*/15 0-6,22 ? jan-mar *"}]},
    "zero by a queue": ZERO,
    "zero by arrivals": {
        "minReplicas": 0,
        "requestsPerSecond": 5,
        "arrivalsQuery": 'x{path="/a#("}',
        "coldStartSeconds": 16,
    },
}


@pytest.mark.parametrize("scaling", GOOD.values(), ids=GOOD)
def test_what_can_be_asked_for(scaling: Mapping[str, Any]) -> None:
    platform = load("dev", edited({"models.1.scaling": scaling, "autoscaling": AUTOSCALING}))
    made = platform.models[1].scaling
    assert made is not None
    assert not made.is_by_resources_alone
    assert made.model_dump(by_alias=True, exclude_unset=True).keys() >= scaling.keys()


BAD = {
    "duration": (
        {"latencyP95Milliseconds": "200ms"},
        'latencyP95Milliseconds: "200ms"; expected a plain number of milliseconds; write 200',
    ),
    "seconds": (
        {"latencyP95Milliseconds": "0.2s"},
        'latencyP95Milliseconds: "0.2s"; expected a plain number of milliseconds',
    ),
    "no rate": ({"requestsPerSecond": 0}, "requestsPerSecond: 0; expected more than 0"),
    "yes": ({"requestsPerSecond": True}, "requestsPerSecond: true; expected a number"),
    "no number": ({"requestsPerSecond": float("nan")}, "requestsPerSecond: NaN; expected a number"),
    "nothing to scale by": (
        {"cpuUtilizationPercent": None},
        (
            "cpuUtilizationPercent: null, and no other target; expected a target to scale by; "
            "or set replicas instead of scaling"
        ),
    ),
    "no GPU": (
        {"gpuUtilizationPercent": 80},
        (
            "gpuUtilizationPercent: 80 for pods of 'small', which have no GPU; "
            "expected no gpuUtilizationPercent, or a resource class with GPUs"
        ),
    ),
    "no time": (
        {"schedules": [{**PEAK, "end": PEAK["start"]}]},
        "schedules[0].end: '0 8 * * mon-fri', the same as start; expected a time other than start",
    ),
    "no such place": (
        {"schedules": [{**PEAK, "timezone": "Europe/Berln"}]},
        (
            'schedules[0].timezone: "Europe/Berln"; expected a time zone of the IANA database such as Europe/Berlin or '
            "UTC; did you mean 'Europe/Berlin'?"
        ),
    ),
    "peak above the maximum": (
        {"schedules": [{**PEAK, "replicas": 9}]},
        "schedules[0].replicas: 9; expected from minReplicas 1 to maxReplicas 3",
    ),
    "peak below the minimum": (
        {"minReplicas": 2, "schedules": [{**PEAK, "replicas": 1}]},
        "schedules[0].replicas: 1; expected from minReplicas 2 to maxReplicas 3",
    ),
    "fallback below the minimum": (
        {"minReplicas": 2, "requestsPerSecond": 1, "fallbackReplicas": 1},
        "fallbackReplicas: 1; expected from minReplicas 2 to maxReplicas 3",
    ),
    "fallback above the maximum": (
        {"requestsPerSecond": 1, "fallbackReplicas": 4},
        "fallbackReplicas: 4; expected from minReplicas 1 to maxReplicas 3",
    ),
    "fallback for nothing": (
        {"fallbackReplicas": 2},
        (
            "fallbackReplicas: has no effect without a target that Prometheus measures; "
            "expected a target that Prometheus measures, or no fallbackReplicas"
        ),
    ),
    "arrivals of nothing": (
        {"arrivalsQuery": "x"},
        ("arrivalsQuery: has no effect without requestsPerSecond; expected requestsPerSecond, or no arrivalsQuery"),
    ),
    "cold start that never is": (
        {"requestsPerSecond": 1, "coldStartSeconds": 60},
        ("coldStartSeconds: has no effect without minReplicas 0; expected minReplicas 0, or no coldStartSeconds"),
    ),
    "lost is not none": (
        {"queue": {**QUEUE, "query": "x or on() vector(0)"}},
        (
            'queue.query: "x or on() vector(0)"; expected a PromQL expression without vector(...); '
            "it would read lost metrics as no load"
        ),
    ),
    "open bracket": (
        {"queue": {**QUEUE, "query": "sum(x))"}},
        'queue.query: "sum(x))"; expected a PromQL expression without comments, whose brackets and quotes are closed',
    ),
    "comment": (
        {"queue": {**QUEUE, "query": "x # y"}},
        'queue.query: "x # y"; expected a PromQL expression without comments, whose brackets and quotes are closed',
    ),
    "two lines": (
        {"queue": {**QUEUE, "query": "x\n+ y"}},
        'queue.query: "x\\n+ y"; expected a PromQL expression on one line, at most 2000 characters',
    ),
    "no waking": (
        {"minReplicas": 0, "coldStartSeconds": 60},
        (
            "minReplicas: 0, but nothing would start the model again; "
            "expected queue, or requestsPerSecond with arrivalsQuery, along with minReplicas 0"
        ),
    ),
    "unmeasurable at zero": (
        {**ZERO, "latencyP95Milliseconds": 200},
        (
            "latencyP95Milliseconds: measured at the pods, of which minReplicas 0 leaves none; expected minReplicas "
            "of at least 1, or a target measured elsewhere: queue or arrivalsQuery"
        ),
    ),
    "cost not stated": (
        {"minReplicas": 0, "queue": QUEUE},
        (
            "coldStartSeconds: missing; expected how long the first work after a pause may wait; "
            "with minReplicas 0 it waits for a pod, for the model's files and for their loading"
        ),
    ),
    "cost too low": (
        {**ZERO, "coldStartSeconds": 15},
        "coldStartSeconds: 15; expected more than pollingSeconds 15, the time it may take to notice work",
    ),
}


@pytest.mark.parametrize(("scaling", "line"), BAD.values(), ids=BAD)
def test_what_is_refused(scaling: Mapping[str, Any], line: str) -> None:
    assert problems({"models.1.scaling": scaling, "autoscaling": AUTOSCALING}) == [f"{IRIS}.scaling.{line}"]


@pytest.mark.parametrize(
    ("scaling", "key"),
    [({"requestsPerSecond": 1}, "requestsPerSecond"), ({"schedules": [PEAK]}, "schedules"), (ZERO, "queue")],
)
def test_more_than_cpu_and_memory_needs_the_stacks_autoscaling(scaling: Mapping[str, Any], key: str) -> None:
    assert problems({"models.1.scaling": scaling}) == [
        (
            f"{IRIS}.scaling.{key}: set, but the stack has no autoscaling; expected autoscaling among the stack's "
            "settings; set autoscaling: {prometheus, scraperNamespace}"
        )
    ]


@pytest.mark.parametrize(
    ("scaling", "keys"),
    [
        ({"schedules": [PEAK]}, ["schedules"]),
        ({"requestsPerSecond": 1, "arrivalsQuery": "x", "fallbackReplicas": 2}, ["arrivalsQuery", "fallbackReplicas"]),
        (ZERO, ["minReplicas", "queue"]),
    ],
)
def test_what_only_keda_can_do(scaling: Mapping[str, Any], keys: list[str]) -> None:
    assert problems({"models.1.scaling": scaling, "autoscaling": ADAPTER}) == [
        f"{IRIS}.scaling.{key}: not supported by engine prometheus-adapter; expected no {key}, or engine keda"
        for key in keys
    ]


def test_the_adapter_can_do_what_is_measured_at_the_pods() -> None:
    load("dev", edited({"models.1.scaling": {"requestsPerSecond": 1}, "autoscaling": ADAPTER}))


def test_the_namespace_of_the_adapter_is_named_where_there_is_one() -> None:
    without = {key: value for key, value in ADAPTER.items() if key != "adapterNamespace"}
    assert problems({"autoscaling": without}) == [
        ".autoscaling.adapterNamespace: missing; expected the namespace that prometheus-adapter runs in"
    ]
    assert problems({"autoscaling": {**AUTOSCALING, "adapterNamespace": "monitoring"}}) == [
        (
            ".autoscaling.adapterNamespace: 'monitoring' has no effect with engine keda; "
            "expected no adapterNamespace, or engine prometheus-adapter"
        )
    ]


@pytest.mark.parametrize("url", ["prometheus:9090", "http://a:b@prometheus", "http://prometheus/?x=1"])
def test_prometheus_is_a_plain_address(url: str) -> None:
    (line,) = problems({"autoscaling": {**AUTOSCALING, "prometheus": url}})
    assert "expected an http or https URL without credentials and query" in line
    assert "a:b" not in line


def test_prod_never_scales_to_zero() -> None:
    assert problems({"models.1.scaling": ZERO, "autoscaling": AUTOSCALING}, "prod") == [
        f"{IRIS}.scaling.minReplicas: 0; expected at least 2 in prod, so that the model survives the loss of a node"
    ]


def test_rates_are_taken_over_four_scrapes() -> None:
    edits = {"autoscaling": {**AUTOSCALING, "scrapeIntervalSeconds": 30}}
    autoscaling = load("dev", edited(edits)).autoscaling
    assert autoscaling is not None
    assert autoscaling.window_seconds == 120
