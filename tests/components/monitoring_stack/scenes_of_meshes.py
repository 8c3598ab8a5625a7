"""How the alerts on servers come and go where a proxy's agent answers the scrapes, also without the server."""

from tests.components.monitoring_stack.given import AVAILABLE, counter, state, up
from tests.components.monitoring_stack.scene import Scene, Series

POD, OTHER = "meshed-v1-7d9f8c-abcde", "meshed-v1-7d9f8c-fghij"
LOST = "istio_agent_scrape_failures_total"


def lost(pod: str, good: float | None, bad: float | None, kind: str = "application") -> Series:
    """Scrapes a minute that the agent answers without what they are about."""
    return counter(f'{LOST}{{type="{kind}",namespace="models",pod="{pod}",inference_model="meshed"}}', good, bad)


def available(good: float, bad: float) -> Series:
    return state(f"kube_deployment_{AVAILABLE}", 'deployment="meshed-v1"', good, bad)


MESHES = (
    Scene(
        alert="ModelServerDown",
        also="behind a proxy",
        model="meshed",
        severity="warning",
        series=[up("meshed", POD, 1, 1), up("meshed", OTHER, 1, 1), lost(POD, 0, 2), lost(OTHER, 0, 0)],
        pending=10,
        firing=15,
        labels={"pod": POD},
        description=f"Prometheus cannot read the metrics of {POD}: scrapes that succeed: 0 of 1.",
        near_misses={
            "a proxy whose own metrics fail": [lost(POD, 0, 2, "envoy"), lost(POD, 0, 0)],
            "a server that failed in the past": [lost(POD, 0, 0)],
        },
    ),
    Scene(
        alert="ModelServerDown",
        also="with its proxy",
        model="meshed",
        severity="warning",
        series=[up("meshed", POD, 1, 0), up("meshed", OTHER, 1, 1)],
        pending=10,
        firing=11,
        labels={"pod": POD},
        description=f"Prometheus cannot read the metrics of {POD}: scrapes that succeed: 0 of 1.",
    ),
    Scene(
        alert="ModelMetricsMissing",
        also="behind a proxy",
        model="meshed",
        severity="critical",
        series=[
            *(available(2, 2), up("meshed", POD, 1, 1), up("meshed", OTHER, 1, 1)),
            *(lost(POD, 0, 2), lost(OTHER, 0, 2)),
        ],
        pending=9,
        firing=15,
        description="2 pods are ready, and none is scraped: no alert on the model's requests can fire.",
        near_misses={
            "one pod of two": [lost(POD, 0, 2), lost(OTHER, 0, 0)],
            "proxies whose own metrics fail": [
                *(lost(pod, 0, 2, "envoy") for pod in (POD, OTHER)),
                *(lost(pod, 0, 0) for pod in (POD, OTHER)),
            ],
        },
    ),
)
