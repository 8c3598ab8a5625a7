"""How the alerts on requests and on the health of servers come and go."""

from tests.components.monitoring_stack.given import (
    AVAILABLE,
    PROBES,
    SUCCESSES,
    TRITON,
    WANTED,
    answers,
    bucket,
    counter,
    failures,
    of_deployment,
    state,
    up,
)
from tests.components.monitoring_stack.scene import Scene

FAILING = "% of the requests of the last 5 minutes failed; 5 % are the limit."

REQUESTS = (
    Scene(
        alert="ModelErrorRateHigh",
        severity="critical",
        series=[answers(100, 91), failures(0, 9), PROBES, SUCCESSES],
        pending=7,
        firing=20,
        description=f"9.0 {FAILING}",
        near_misses={
            "one error of a quiet model": [answers(0, 0), failures(0, 0.01)],
            "two errors and no answers within 5 minutes": [answers(0, 0), failures(0, 0.4)],
            "4 % that fail": [answers(100, 96), failures(0, 4)],
            "no requests at all, 0/0": [answers(0, 0), failures(0, 0)],
        },
    ),
    Scene(
        alert="ModelErrorRateHigh",
        also="without any answer",
        severity="critical",
        series=[failures(0, 9)],
        pending=5,
        firing=20,
        description=f"100.0 {FAILING}",
    ),
    Scene(
        alert="ModelErrorRateHigh",
        also="of Triton",
        model="digits",
        severity="critical",
        series=[
            counter(f"nv_inference_request_success{{{TRITON}}}", 100, 91),
            counter(f'nv_inference_request_failure{{reason="BACKEND",{TRITON}}}', 0, 9),
            counter(f'nv_inference_request_failure{{reason="CANCELED",{TRITON}}}', 50, 50),
        ],
        pending=7,
        firing=20,
        description=f"9.0 {FAILING}",
        near_misses={
            "one error where many clients give up": [
                counter(f"nv_inference_request_success{{{TRITON}}}", 0, 0),
                counter(f'nv_inference_request_failure{{reason="BACKEND",{TRITON}}}', 0, 0.01),
            ]
        },
    ),
    Scene(
        alert="ModelLatencyHigh",
        severity="warning",
        series=[
            *(bucket(limit, 100, 0) for limit in ("100000.0", "250000.0")),
            *(bucket(limit, 100, 100) for limit in ("350000.0", "+Inf")),
            *(bucket(limit, 5000, 5000, "") for limit in ("100000.0", "250000.0", "350000.0", "+Inf")),
        ],
        pending=10,
        firing=20,
        description="The 95th percentile of the latency is 345 ms; the objective is 200 ms.",
        near_misses={"no requests": [bucket(limit, 0, 0) for limit in ("100000.0", "250000.0", "350000.0", "+Inf")]},
    ),
)

HEALTH = (
    Scene(
        alert="ModelUnavailable",
        severity="critical",
        series=[of_deployment(AVAILABLE, 2, 0), of_deployment(WANTED, 2, 2)],
        pending=1,
        firing=2,
        description="0 pods are ready: no request can be answered.",
        near_misses={"a model at zero": [of_deployment(AVAILABLE, 0, 0), of_deployment(WANTED, 0, 0)]},
    ),
    Scene(
        alert="ModelUnavailable",
        also="of a StatefulSet",
        model="recommender",
        severity="critical",
        series=[
            state("kube_statefulset_status_replicas_available", 'statefulset="recommender-v1"', 2, 0),
            state("kube_statefulset_replicas", 'statefulset="recommender-v1"', 2, 2),
        ],
        pending=1,
        firing=2,
        description="0 pods are ready: no request can be answered.",
        near_misses={
            "a model at zero": [
                state("kube_statefulset_status_replicas_available", 'statefulset="recommender-v1"', 0, 0),
                state("kube_statefulset_replicas", 'statefulset="recommender-v1"', 0, 0),
            ]
        },
    ),
    Scene(
        alert="ModelServerDown",
        severity="warning",
        series=[up("mnist", "mnist-v1-7d9f8c-abcde", 1, 0), up("mnist", "mnist-v1-7d9f8c-fghij", 1, 1)],
        pending=4,
        firing=5,
        labels={"pod": "mnist-v1-7d9f8c-abcde"},
        description="Prometheus cannot read the metrics of mnist-v1-7d9f8c-abcde: scrapes that succeed: 0 of 1.",
    ),
    Scene(
        alert="ModelMetricsMissing",
        severity="critical",
        series=[of_deployment(AVAILABLE, 2, 2), up("mnist", "mnist-v1-7d9f8c-abcde", 1, 0)],
        pending=9,
        firing=10,
        description="2 pods are ready, and none is scraped: no alert on the model's requests can fire.",
        near_misses={
            "one pod of two": [
                up("mnist", "mnist-v1-7d9f8c-abcde", 1, 0),
                up("mnist", "mnist-v1-7d9f8c-fghij", 1, 1),
            ],
            "a model at zero": [of_deployment(AVAILABLE, 2, 0), up("mnist", "mnist-v1-7d9f8c-abcde", 1, None)],
        },
    ),
    Scene(
        alert="ModelIndicatorMissing",
        severity="warning",
        series=[answers(100, None), PROBES, up("mnist", "mnist-v1-7d9f8c-abcde", 1, 1)],
        pending=59,
        firing=60,
        description="1 servers are scraped, and none counts requests, as they did within the last day.",
        near_misses={
            "servers that are down": [answers(100, None), up("mnist", "mnist-v1-7d9f8c-abcde", 1, 0)],
            "a model that never had requests": [answers(None, None)],
        },
    ),
)
