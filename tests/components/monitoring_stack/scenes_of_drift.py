"""How the alerts on drift, and on a sampler that cannot tell, come and go."""

from tests.components.monitoring_stack.given import counter, gauge
from tests.components.monitoring_stack.scene import AGAIN_MINUTES, GOOD_MINUTES, Scene, Series

SAMPLER = 'namespace="models",pod="ranker-sampler-7d9f8c-abcde",inference_model="ranker",inference_version="2"'
INDEX = "inference_sampler_stability_index"


def index(feature: str, good: float | None, bad: float | None, kind: str = "input") -> Series:
    return gauge(f'{INDEX}{{kind="{kind}",feature="{feature}",{SAMPLER}}}', good, bad)


def loaded(good: float, bad: float | None) -> Series:
    return gauge(f"inference_sampler_reference_loaded{{{SAMPLER}}}", good, bad)


def copies(outcome: str, good: float, bad: float) -> Series:
    return counter(f'inference_sampler_copies_total{{outcome="{outcome}",{SAMPLER}}}', good, bad)


UNKNOWN = (
    "Its sampler does not answer, has no usable reference distribution, or has seen 0 rows at most in a window of the "
    "last day; 500 are needed."
)
DRIFT = (
    Scene(
        alert="ModelDrift",
        model="ranker",
        severity="warning",
        series=[index("pixels[3]", 0.1, 0.5), index("pixels[4]", 0.1, 0.1), index("scores", 0.1, 0.2, "prediction")],
        pending=29,
        firing=30,
        labels={"kind": "input"},
        description="The population stability index of a distribution (kind: input) is 0.50 against the reference; "
        "0.25 is the limit.",
        near_misses={
            "an index at the limit": [index("pixels[3]", 0.1, 0.25)],
            "too few rows, of which nothing is shown": [index("pixels[3]", 0.1, None)],
        },
    ),
    Scene(
        alert="ModelDriftUnknown",
        model="ranker",
        severity="warning",
        series=[loaded(1, 0)],
        pending=14,
        firing=15,
        description=UNKNOWN,
        fires_without_series=True,
    ),
    Scene(
        alert="ModelDriftUnknown",
        also="of a sampler that is gone",
        model="ranker",
        severity="warning",
        series=[loaded(1, None)],
        pending=14,
        firing=15,
        description=UNKNOWN,
        fires_without_series=True,
    ),
    Scene(
        alert="ModelSamplesUnread",
        model="ranker",
        severity="warning",
        series=[copies("observed", 10, 0), copies("not-answered", 0, 0.5)],
        pending=73,
        firing=77,
        minutes=(GOOD_MINUTES, 90, AGAIN_MINUTES),
        description="Of 30 copies of requests of the last hour none was observed, or more than 10% were unreadable.",
        near_misses={
            "a model that hardly anybody asks": [copies("observed", 10, 0), copies("not-answered", 0, 0.25)],
            "copies of which some are observed": [copies("observed", 10, 1)],
        },
    ),
    Scene(
        alert="ModelSamplesUnread",
        also="of a part of the requests",
        model="ranker",
        severity="warning",
        series=[copies("observed", 10, 8.5), copies("unreadable", 0, 1.5), copies("too-large", 0, 0)],
        pending=54,
        firing=55,
        minutes=(GOOD_MINUTES, 90, 60),
        description="Of 599 copies of requests of the last hour none was observed, or more than 10% were unreadable.",
        near_misses={
            "a tenth of the requests": [copies("observed", 10, 9), copies("unreadable", 0, 1)],
            "copies that are too large": [copies("observed", 10, 5), copies("too-large", 0, 5)],
        },
    ),
)
