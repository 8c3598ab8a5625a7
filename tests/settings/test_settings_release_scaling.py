"""Release strategies and autoscaling: a version of weight 0 that may get requests has pods, and scales by its own."""

from collections.abc import Mapping

import pytest

from settings import load
from tests.settings.settings_release import BLUE_GREEN, BY_COOKIE, HEADER, MIRROR, PROGRESSIVE, edits
from tests.settings.settings_stack import MNIST, edited, problems

AUTOSCALING = {
    "prometheus": "http://prometheus.monitoring.svc:9090",
    "scraperNamespace": "monitoring",
    "otherMetrics": ["redis_list_length", "x"],
}
QUEUE = {"queue": {"query": 'redis_list_length{key="mnist"}', "lengthPerPod": 10}}
ARRIVALS = {"requestsPerSecond": 5, "arrivalsQuery": "sum(rate(x[1m]))"}
ZERO = {"minReplicas": 0, "coldStartSeconds": 60}
ONE = {"minReplicas": 1}
BY_NAME = {
    "weights": BY_COOKIE,
    "header": HEADER,
    "mirror": MIRROR,
    "blue-green": BLUE_GREEN,
    "progressive": PROGRESSIVE,
}


def stack(strategy: str, scaling: Mapping[str, object]) -> Mapping[str, object]:
    return {"autoscaling": AUTOSCALING, **edits(BY_NAME[strategy], scaling={**scaling, "maxReplicas": 4})}


def no_pods(strategy: str) -> str:
    return (
        f".minReplicas: 0 with release.strategy {strategy}; expected at least 1, so that a version of weight 0 can "
        "answer, or release.strategy weights"
    )


def shared(key: str, strategy: str) -> str:
    return (
        f".{key}: the load of all versions, with release.strategy {strategy}; expected no {key}, as it does not tell "
        "how much of it a version of weight 0 has; scale by what is measured at the pods, such as requestsPerSecond "
        "alone, or set replicas"
    )


@pytest.mark.parametrize(("key", "target"), [("queue", QUEUE), ("arrivalsQuery", ARRIVALS)])
@pytest.mark.parametrize("strategy", ["header", "mirror", "progressive"])
def test_a_candidate_does_not_scale_by_the_load_of_all_versions(
    strategy: str, key: str, target: Mapping[str, object]
) -> None:
    at = f"{MNIST}.scaling"
    assert problems(stack(strategy, {**ONE, **target})) == [f"{at}{shared(key, strategy)}"]
    both = [f"{at}{no_pods(strategy)}", f"{at}{shared(key, strategy)}"]
    assert problems(stack(strategy, {**ZERO, **target})) == both


def test_a_version_that_waits_for_the_switch_has_pods() -> None:
    assert problems(stack("blue-green", ZERO | QUEUE)) == [f"{MNIST}.scaling{no_pods('blue-green')}"]


@pytest.mark.parametrize(
    ("strategy", "scaling"),
    [
        ("weights", ZERO | QUEUE),
        ("weights", ZERO | ARRIVALS),
        ("blue-green", ONE | QUEUE | ARRIVALS),
        *((strategy, ONE | {"requestsPerSecond": 5}) for strategy in BY_NAME),
    ],
)
def test_where_the_weights_tell_the_load_versions_may_scale_by_it(strategy: str, scaling: Mapping[str, object]) -> None:
    made = load("dev", edited(stack(strategy, scaling))).models[0].scaling
    assert made is not None
    assert made.model_dump(by_alias=True, exclude_unset=True).keys() >= scaling.keys()
