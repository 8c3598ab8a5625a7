"""Fields each of which is right, but not together: where, what is there, what to change."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from settings import SettingsError, load
from tests.settings.settings_stack import DELETED, IRIS, MNIST, RECOMMENDER, edited, problems

CASES = {
    "weights": (
        {"models.0.versions.1.weight": 20},
        f"{MNIST}.versions: weights 90 + 20 = 110; expected weights that sum to 100",
    ),
    "weight of one": (
        {"models.1.versions.0.weight": 50},
        f"{IRIS}.versions: weights 50 = 50; expected weights that sum to 100",
    ),
    "no weight": (
        {"models.0.versions.1.weight": DELETED},
        f"{MNIST}.versions[1].weight: missing; expected a weight for each of several versions; weights sum to 100",
    ),
    "split without gateway": (
        {"models.0.exposure": "ingress"},
        (
            f"{MNIST}.versions: weights 90, 10 with exposure ingress; expected one weight of 100 and the others 0; "
            "requests are split by weight with exposure: gateway only"
        ),
    ),
    "label twice": (
        {"models.0.versions.1.labels": ["new", "stable"]},
        f"{MNIST}.versions: label 'stable', 2 times; expected each label once per model",
    ),
    "replicas and scaling": (
        {"models.2.scaling": {}},
        (
            f"{RECOMMENDER}.replicas: 2, in addition to scaling; expected replicas or scaling, not both; "
            "remove replicas to let the load decide"
        ),
    ),
    "maximum below minimum": (
        {"models.1.scaling": {"minReplicas": 5}},
        (
            f"{IRIS}.scaling.maxReplicas: 3, less than minReplicas 5; expected at least 5; "
            "set both: a number the stack leaves out is the environment's default"
        ),
    ),
    "batch sizes not increasing": (
        {
            "models.1.batching": {
                **dict.fromkeys(("maxEnqueuedBatches", "numBatchThreads"), 1),
                "maxBatchSize": 8,
                "batchTimeoutMicros": 0,
                "allowedBatchSizes": [4, 4, 8],
            }
        },
        f"{IRIS}.batching.allowedBatchSizes: [4, 4, 8]; expected increasing sizes, the last of them maxBatchSize 8",
    ),
    "batch sizes without maximum": (
        {
            "models.1.batching": {
                **dict.fromkeys(("maxEnqueuedBatches", "numBatchThreads"), 1),
                "maxBatchSize": 8,
                "batchTimeoutMicros": 0,
                "allowedBatchSizes": [2, 4],
            }
        },
        f"{IRIS}.batching.allowedBatchSizes: [2, 4]; expected increasing sizes, the last of them maxBatchSize 8",
    ),
    "small volume": (
        {"models.2.volume.capacity": "700Mi"},
        f"{RECOMMENDER}.volume.capacity: 700Mi; expected at least 720Mi: 1.2 times size 600Mi for each version",
    ),
    "volume for one pod": (
        {"models.2.volume.accessMode": "ReadWriteOnce"},
        (
            f"{RECOMMENDER}.volume.accessMode: ReadWriteOnce for up to 2 pods; expected ReadWriteMany, because pods "
            "run on several nodes; or replicas: 1 with a single version"
        ),
    ),
    "useless host name": (
        {"models.1.hostname": "iris.example.org"},
        (
            f"{IRIS}.hostname: has no effect with exposure cluster-ip; "
            "expected no hostname, or exposure ingress or gateway"
        ),
    ),
    "long workload name": (
        {"models.1.name": "i" * 40, "models.1.versions.0.version": 12345678901},
        (
            f".models[1] ({'i' * 40}).versions[0].version: workload name {'i' * 40}-v12345678901 of 53 characters; "
            "expected at most 52 characters; shorten the model's name or the version number"
        ),
    ),
    "unknown class": (
        {"models.1.resources": "smal"},
        f"{IRIS}.resources: \"smal\"; expected a resource class: small, medium, large or gpu; did you mean 'small'?",
    ),
    "small class": (
        {"models.1.size": "1Gi"},
        (
            f'{IRIS}.resources: "small" with 2Gi of memory; expected at least 2.5Gi: 2.5 times size 1Gi; '
            "the smallest class that fits is 'medium'"
        ),
    ),
    "small class of GPUs": (
        {"models.1.size": "8Gi", "models.1.resources": "gpu"},
        (
            f'{IRIS}.resources: "gpu" with 16Gi of memory; expected at least 20Gi: 2.5 times size 8Gi; '
            "add a class to resourceClasses"
        ),
    ),
    "own class that fits": (
        {"models.1.size": "8Gi", "resourceClasses": {"middle": {"cpu": 4, "memory": "20Gi"}}},
        (
            f'{IRIS}.resources: "small" with 2Gi of memory; expected at least 20Gi: 2.5 times size 8Gi; '
            "the smallest class that fits is 'middle'"
        ),
    ),
    "no gateway": (
        {"gateway": DELETED},
        (
            f"{MNIST}.exposure: gateway, but the stack has none; expected gateway among the stack's settings, "
            "or another exposure; set gateway: {name, namespace, hostname}"
        ),
    ),
    "CPU of the quota": (
        {"quota": {"cpu": 17}},
        (
            ".quota.cpu: 17; expected at least 18, what all models take at their maximum during a rollout; "
            "raise it, or lower maxReplicas: 'mnist' alone takes 8"
        ),
    ),
    "memory of the quota": (
        {"quota": {"memory": "47.9Gi"}},
        (
            ".quota.memory: 47.9Gi; expected at least 48Gi, what all models take at their maximum during a rollout; "
            "raise it, or lower maxReplicas: 'recommender' alone takes 24Gi"
        ),
    ),
    "storage of the quota": (
        {"quota": {"storage": "1023Mi"}},
        (
            ".quota.storage: 1023Mi; expected at least 1Gi, what all models take at their maximum during a rollout; "
            "raise it, or lower maxReplicas: 'recommender' alone takes 1Gi"
        ),
    ),
    "GPUs of the quota": (
        {"models.1.resources": "gpu", "quota": {"gpus": 3}},
        (
            ".quota.gpus: 3; expected at least 4, what all models take at their maximum during a rollout; "
            "raise it, or lower maxReplicas: 'iris' alone takes 4"
        ),
    ),
    "pods of the quota": (
        {"quota": {"pods": 14}},
        (
            ".quota.pods: 14; expected at least 15, what all models take at their maximum during a rollout; "
            "raise it, or lower maxReplicas: 'mnist' alone takes 8"
        ),
    ),
}


@pytest.mark.parametrize(("edits", "line"), CASES.values(), ids=CASES)
def test_fields_that_do_not_fit_together(edits: Mapping[str, Any], line: str) -> None:
    assert problems(edits) == [line]


def test_the_same_twice_is_reported_at_both_places() -> None:
    assert problems({"models.2.name": "iris"}) == [
        f".models[{index}] (iris).name: 'iris', 2 times; expected a different name for each model" for index in (1, 2)
    ]
    assert problems({"models.0.versions.1.version": 1}) == [
        f"{MNIST}.versions[{index}].version: 1, 2 times; expected a different number for each version"
        for index in (0, 1)
    ]


def test_ingress_needs_a_controller() -> None:
    edits = {"models.1.exposure": "ingress", "models.1.hostname": "iris.example.org"}
    assert problems(edits) == [
        (
            f"{IRIS}.exposure: ingress, but the stack has none; expected ingress among the stack's settings, "
            "or another exposure; set ingress: {namespace, hostname}"
        )
    ]
    load("dev", edited({**edits, "ingress": {"namespace": "ingress", "hostname": "dev.example"}}))


@pytest.mark.parametrize("exposure", ["node-port", "load-balancer"])
def test_an_exposure_to_addresses_names_them(exposure: str) -> None:
    assert problems({"models.1.exposure": exposure}) == [
        (
            f"{IRIS}.clients: missing; expected the networks that may call the model, which exposure {exposure} opens "
            "to the outside; such as clients: [192.0.2.0/24]"
        )
    ]
    load("dev", edited({"models.1.exposure": exposure, "models.1.clients": ["192.0.2.0/24"]}))
    assert problems({"models.1.clients": ["192.0.2.0/24"]}) == [
        (
            f"{IRIS}.clients: has no effect with exposure cluster-ip; "
            "expected no clients, or exposure node-port or load-balancer"
        )
    ]


def test_prod_demands_two_replicas() -> None:
    assert problems({"models.1.scaling": {"minReplicas": 1}, "models.4.replicas": 1}, "prod") == [
        f"{path}: 1; expected at least 2 in prod, so that the model survives the loss of a node"
        for path in (f"{IRIS}.scaling.minReplicas", ".models[4] (recommender).replicas")
    ]


def test_all_problems_are_reported_at_once() -> None:
    many = {
        "enviroment": "dev",
        "models.0.versions.1.weight": 20,
        "models.1.size": "24mb",
        "models.2.volume": 3,
        "storage.cidrs": ["0.0.0.0/0", "x"],
    }
    assert sorted(re.split(": ", line)[0] for line in problems(many)) == [
        ".enviroment",
        f"{MNIST}.versions",
        f"{IRIS}.size",
        f"{RECOMMENDER}.volume",
        ".storage.cidrs[0]",
        ".storage.cidrs[1]",
    ]


def test_a_problem_has_its_parts() -> None:
    with pytest.raises(SettingsError) as caught:
        load("dev", edited({"models.1.exposure": "nodeport"}))
    (problem,) = caught.value.problems
    assert problem.file == "Pulumi.dev.yaml"
    assert problem.path == f"inference:platform{IRIS}.exposure"
    assert problem.value == '"nodeport"'
    assert problem.expected == "cluster-ip, node-port, load-balancer, ingress or gateway"
    assert problem.hint == "did you mean 'node-port'?"
    assert caught.value.exit_code == 2
