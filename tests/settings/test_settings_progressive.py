"""The strategy `progressive` in the stack file: its keys, and what it asks of the stack that measures the candidate."""

from collections.abc import Mapping

import pytest

from settings import Autoscaling, Gate, GateQuery, ProgressiveRelease, load, single_model_issues
from tests.components.models import KEDA, PROGRESSIVE, model
from tests.settings.settings_release import PROGRESSIVE as RELEASE
from tests.settings.settings_release import edits
from tests.settings.settings_stack import MNIST, edited, problems

PROMETHEUS = {"autoscaling": {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"}}
AT = f"{MNIST}.release"
QUERY = {"name": "drift", "query": "max(drift)", "maximum": 1.0}
DETECTION_SECONDS = 120


def refused(**keys: object) -> list[str]:
    found = problems({**PROMETHEUS, **edits({**RELEASE, **keys})})
    return [line.removeprefix(AT) for line in found]


def test_two_lines_are_enough() -> None:
    loaded = load("dev", edited({**PROMETHEUS, **edits(RELEASE)})).models[0].release
    assert loaded == ProgressiveRelease(candidate=2)
    assert isinstance(loaded, ProgressiveRelease)
    assert (loaded.step_percents[0], loaded.step_percents[-1]) == (5, 50)
    assert loaded.gate == Gate(success_percent=99)


def test_by_default_requests_are_back_within_two_minutes() -> None:
    """As many checks as may fail, the one after, and two scrapes until a rate tells of the first bad request."""
    release, scrape = ProgressiveRelease(candidate=2), KEDA.scrape_interval_seconds
    assert (release.failures + 1) * release.interval_seconds + 2 * scrape <= DETECTION_SECONDS


def test_a_model_begins_without_a_candidate() -> None:
    begun = {**edits({"strategy": "progressive"}, (100,)), **PROMETHEUS}
    release = load("dev", edited(begun)).models[0].release
    assert release.told(model().versions) == "all requests go to version 1; the next candidate gets them step by step"


def test_what_clients_get_in_words() -> None:
    said = "version 2 gets 5 %, 10 %, 25 %, 50 %, then all requests, or version 1 gets them back"
    assert PROGRESSIVE["release"].told(PROGRESSIVE["versions"]) == said


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"candidate": 3},
            [".candidate: 3, which is not among the versions; expected the number of a version: 1 or 2"],
        ),
        ({"stepPercents": []}, [".stepPercents: an empty list; expected at least one entry"]),
        ({"stepPercents": [5, 5, 101]}, [".stepPercents[2]: 101; expected at most 100"]),
        (
            {"stepPercents": [5, 50, 20]},
            [".stepPercents[2]: 20 after 50; expected steps that rise, such as [5, 10, 25, 50]"],
        ),
        ({"promotionStepPercent": 0}, [".promotionStepPercent: 0; expected at least 1"]),
        ({"failures": 0}, [".failures: 0; expected at least 1"]),
        ({"intervalSeconds": 9}, [".intervalSeconds: 9; expected at least 10"]),
        (
            {"intervalSeconds": 14},
            [
                (
                    ".intervalSeconds: 14, shorter than autoscaling.scrapeIntervalSeconds 15; expected at least the "
                    "scrape interval, or the same measurement is judged twice"
                )
            ],
        ),
        (
            {"gate": {"successPercent": None}},
            [
                (
                    ".gate: nothing to judge the candidate by; expected successPercent, latencyP95Milliseconds, or one "
                    "of queries"
                )
            ],
        ),
        ({"gate": {"successPercent": 101}}, [".gate.successPercent: 101; expected at most 100.0"]),
        ({"gate": {"sucessPercent": 99}}, [".gate.sucessPercent: unknown key; did you mean 'successPercent'?"]),
        (
            {"queries": [{**QUERY, "maximum": None}]},
            [".queries[0] (drift).minimum: missing; expected minimum, maximum, or both"],
        ),
        (
            {"queries": [{**QUERY, "minimum": 2.0}]},
            [".queries[0] (drift).minimum: 2, more than maximum 1; expected a range that some value is in"],
        ),
        ({"queries": [QUERY, QUERY]}, [".queries: name 'drift', 2 times; expected a different name for each query"]),
        (
            {"queries": [{**QUERY, "query": 'drift{pod=~"{{ target }}"}'}]},
            [
                (
                    ".queries[0] (drift).query: '{{', which begins a template of Flagger's; expected PromQL with no "
                    "placeholders but $namespace, $pods and $window"
                )
            ],
        ),
        (
            {"queries": [{**QUERY, "query": "drift or vector(0)"}]},
            [
                (
                    '.queries[0] (drift).query: "drift or vector(0)"; expected a PromQL expression without '
                    "vector(...); it would read lost metrics as no load"
                )
            ],
        ),
    ],
)
def test_what_is_wrong_with_it_is_named_by_its_key(keys: Mapping[str, object], said: list[str]) -> None:
    assert refused(**keys) == said


def test_it_needs_a_prometheus() -> None:
    (said,) = problems(edits(RELEASE))
    assert said == (
        f"{AT}.strategy: progressive, but the stack names no Prometheus; expected autoscaling among the stack's "
        "settings, whose Prometheus measures the candidate; set autoscaling: {prometheus, scraperNamespace}"
    )


def test_it_needs_a_gateway_and_whole_weights() -> None:
    found = problems({**PROMETHEUS, **edits(RELEASE, (90, 10), exposure="cluster-ip")})
    assert [line.removeprefix(MNIST).partition(";")[0] for line in found] == [
        ".versions: weights 90, 10 with release.strategy progressive",
        ".release.strategy: progressive with exposure cluster-ip",
        ".versions[1].weight: 10 for the candidate",
    ]


@pytest.mark.parametrize(
    ("runtime", "gate", "path"),
    [
        ("tensorflow-serving", Gate(latency_p95_milliseconds=200), None),
        ("triton", Gate(), None),
        ("triton", Gate(latency_p95_milliseconds=200), ("release", "gate", "latencyP95Milliseconds")),
        ("torchserve", Gate(), ("release", "gate", "successPercent")),
        ("torchserve", Gate(success_percent=None), None),
    ],
)
def test_a_runtime_is_not_judged_by_what_it_does_not_measure(
    runtime: str, gate: Gate, path: tuple[str, ...] | None
) -> None:
    release = ProgressiveRelease(candidate=2, gate=gate, queries=(GateQuery(name="drift", query="drift", maximum=1),))
    asked = model(**{**PROGRESSIVE, "release": release}, runtime=runtime)
    found = [issue.path for issue in single_model_issues(asked, autoscaling=KEDA) if issue.path[0] == "release"]
    assert found == ([path] if path else [])


def test_the_services_of_a_model_may_not_be_another_models() -> None:
    other = {"models.1.name": "mnist-grpc-primary"}
    found = problems({**PROMETHEUS, **edits(RELEASE), **other})
    assert [line for line in found if "mnist-grpc-primary" in line and "Service of model 'mnist'" in line]


def test_an_interval_may_be_as_short_as_that_of_scrapes() -> None:
    every_ten = Autoscaling(**{**KEDA.model_dump(), "scrape_interval_seconds": 10})
    asked = model(**{**PROGRESSIVE, "release": ProgressiveRelease(candidate=2, interval_seconds=10)})
    assert not [issue for issue in single_model_issues(asked, autoscaling=every_ten) if issue.path[0] == "release"]
