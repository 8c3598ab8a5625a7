"""How the alerts on the health of servers come and go."""

from tests.components.monitoring_stack.given import (
    AVAILABLE,
    PROBES,
    WANTED,
    answers,
    namespace,
    of_deployment,
    state,
    up,
)
from tests.components.monitoring_stack.scene import LONG, Scene, Series


def of_version(version: int, what: str, good: float, bad: float) -> Series:
    return state(f"kube_deployment_{what}", f'deployment="ranker-v{version}"', good, bad)


HEALTH = (
    Scene(
        alert="ModelUnavailable",
        severity="critical",
        series=[of_deployment(AVAILABLE, 1, 0), of_deployment(WANTED, 1, 1)],
        pending=1,
        firing=2,
        labels={"deployment": "mnist-v1"},
        description="0 pods of mnist-v1 are ready: it cannot answer any request.",
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
        labels={"statefulset": "recommender-v1"},
        description="0 pods of recommender-v1 are ready: it cannot answer any request.",
        near_misses={
            "a model at zero": [
                state("kube_statefulset_status_replicas_available", 'statefulset="recommender-v1"', 0, 0),
                state("kube_statefulset_replicas", 'statefulset="recommender-v1"', 0, 0),
            ]
        },
    ),
    *(
        Scene(
            alert="ModelUnavailable",
            also=f"of version {ill} while the other is well",
            model="ranker",
            severity=severity,
            series=[
                *(of_version(ill, AVAILABLE, 2, 0), of_version(ill, WANTED, 2, 2)),
                *(of_version(well, AVAILABLE, 2, 2), of_version(well, WANTED, 2, 2)),
            ],
            pending=1,
            firing=2,
            labels={"deployment": f"ranker-v{ill}"},
            description=f"0 pods of ranker-v{ill} are ready: it cannot answer any request.",
        )
        for ill, well, severity in ((1, 2, "critical"), (2, 1, "warning"))
    ),
    Scene(
        alert="ModelUnavailable",
        also="as somebody has deleted its Deployment",
        severity="critical",
        series=[of_deployment(AVAILABLE, 2, None), of_deployment(WANTED, 2, None), namespace(1, 1)],
        pending=1,
        firing=2,
        labels={"deployment": "mnist-v1"},
        description="0 pods of mnist-v1 are ready: it cannot answer any request.",
        near_misses={
            "kube-state-metrics that is away": [
                of_deployment(AVAILABLE, 2, None),
                of_deployment(WANTED, 2, None),
                namespace(1, None),
            ],
            "a Deployment that is not there yet": [
                of_deployment(AVAILABLE, None, None),
                of_deployment(WANTED, None, None),
            ],
        },
    ),
    Scene(
        alert="ModelServerDown",
        severity="warning",
        series=[up("mnist", "mnist-v1-7d9f8c-abcde", 1, 0), up("mnist", "mnist-v1-7d9f8c-fghij", 1, 1)],
        pending=10,
        firing=11,
        labels={"pod": "mnist-v1-7d9f8c-abcde"},
        description="Prometheus cannot read the metrics of mnist-v1-7d9f8c-abcde: scrapes that succeed: 0 of 1.",
    ),
    Scene(
        alert="ModelMetricsMissing",
        severity="critical",
        series=[of_deployment(AVAILABLE, 1, 1), up("mnist", "mnist-v1-7d9f8c-abcde", 1, 0)],
        pending=9,
        firing=10,
        description="1 pods are ready, and none is scraped: no alert on the model's requests can fire.",
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
        minutes=LONG,
        description="1 servers are scraped, and none counts requests, as they did within the last day.",
        near_misses={
            "servers that are down": [answers(100, None), up("mnist", "mnist-v1-7d9f8c-abcde", 1, 0)],
            "a model that never had requests": [answers(None, None)],
        },
    ),
)
