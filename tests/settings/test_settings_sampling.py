"""Sampling: what a stack can ask for, and what it is told where that cannot be."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from settings.consistency.sampling_issues import SAMPLER_SERIES
from tests.settings.settings_stack import DELETED, IRIS, MNIST, edited, problems

SAMPLING = {"percent": 10}
IMAGE = "registry.example/inference/sampler@sha256:" + "5" * 64
STACK: Mapping[str, Any] = {
    "monitoring": {"scraperNamespace": "monitoring"},
    "images": {"sampler": IMAGE},
    "models.0.sampling": SAMPLING,
}


ONE_ANSWERS = {"models.0.versions.0.weight": 100, "models.0.versions.1.weight": 0}


def _model() -> Any:
    return json.loads(edited({})["inference:platform"])["models"][0]


def test_a_sampler_with_ten_bins_each_fits_into_the_least_limit() -> None:
    monitoring = load("dev", edited({**STACK, "monitoring.sampleLimit": 1878})).monitoring
    assert monitoring
    assert monitoring.sample_limit == SAMPLER_SERIES


def test_what_can_be_asked_for() -> None:
    sampling = load("dev", edited(STACK)).models[0].sampling
    assert sampling
    assert (sampling.percent, sampling.minimum_samples, sampling.psi_threshold) == (10, 500, 0.25)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"percent": 0}, "percent: 0; expected at least 1"),
        ({"percent": 101}, "percent: 101; expected at most 100"),
        ({"maxRequestBytes": 10}, "maxRequestBytes: 10; expected at least 1024"),
        ({"windowSeconds": 60}, "windowSeconds: 60; expected at least 300"),
        ({"minimumSamples": 100}, "minimumSamples: 100; expected at least 200"),
        ({"psiThreshold": 0}, "psiThreshold: 0; expected at least 0.1"),
        ({"psiThreshold": "0.2"}, "psiThreshold"),
        ({"cpu": "49m"}, "cpu: 49m; expected at least 50m"),
        ({"memory": "64Mi"}, "memory: 64Mi; expected at least 128Mi: for 64 copies of maxRequestBytes 262144"),
        ({"maxRequestBytes": 2**20}, "memory: 192Mi; expected at least 224Mi"),
        ({"sampleLimit": 1}, "sampleLimit"),
    ],
)
def test_a_wrong_value(wrong: Mapping[str, Any], problem: str) -> None:
    (found,) = problems({**STACK, "models.0.sampling": {**SAMPLING, **wrong}})
    assert problem in found
    assert found.startswith(f"{MNIST}.sampling")


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        ({"monitoring": DELETED}, f"{MNIST}.sampling: has no effect: nobody reads what is sampled"),
        (
            {"monitoring.sampleLimit": 1877},
            f"{MNIST}.sampling: may show more series than monitoring.sampleLimit 1877; expected at least 1878",
        ),
        ({"images": {}}, ".images.sampler: missing; expected the image built from model_images/sampler"),
        (
            {"models.0.exposure": "cluster-ip", **ONE_ANSWERS},
            f"{MNIST}.sampling: cannot be done with exposure cluster-ip",
        ),
        (
            {"models.0.runtime": "torchserve", "models.0.versions.0.labels": [], "models.0.versions.1.labels": []},
            f"{MNIST}.sampling: cannot be done: the handler of runtime torchserve",
        ),
        ({"models.1.sampling": SAMPLING}, f"{IRIS}.sampling: cannot be done with exposure cluster-ip"),
        (
            {"images": {"sampler": IMAGE, "build": {"registry": "registry.example/inference", "tag": "1.0"}}},
            ".images.sampler: set, but build",
        ),
        (
            {
                "models.0.release": {"strategy": "mirror", "percent": 10, "candidate": 2},
                **ONE_ANSWERS,
            },
            f"{MNIST}.sampling: cannot be done with release strategy mirror, which copies requests already",
        ),
        (
            {"mesh": {"profile": "istio"}, "models": [{**_model(), "sampling": SAMPLING}]},
            f"{MNIST}.sampling: cannot be done in a mesh",
        ),
        ({"models.0.sampling": {**SAMPLING, "cpu": "60"}}, ".quota.cpu"),
        ({"models.1.name": "mnist-sampler"}, "also the name of a Service of model 'mnist'"),
    ],
)
def test_what_a_stack_lacks_is_named(edits: Mapping[str, Any], problem: str) -> None:
    made = {**STACK, **edits}
    found = problems({path: value for path, value in made.items() if value is not DELETED})
    assert [each for each in found if problem in each], found
    assert len(found) == 1, found
