"""A key, a kind of value, a bound or a choice that is wrong: where, what is there, what to write instead."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.settings.settings_stack import DELETED, IRIS, MNIST, RECOMMENDER, problems

QUANTITY = "expected a Kubernetes quantity such as 2, 500m, 24Mi or 1.5Gi"

CASES = {
    # Keys.
    "near": ({"models.1.sise": "2Mi"}, f"{IRIS}.sise: unknown key; did you mean 'size'?"),
    "snake_case": (
        {"models.1.load_timeout_seconds": 3},
        f"{IRIS}.load_timeout_seconds: unknown key; did you mean 'loadTimeoutSeconds'?",
    ),
    "capitals": ({"models.1.SIZE": 3}, f"{IRIS}.SIZE: unknown key; did you mean 'size'?"),
    "far": ({"cluster.zzz": 1}, ".cluster.zzz: unknown key; known keys: context, metadataDomains"),
    "nested": (
        {"models.0.versions.1.wieght": 10},
        f"{MNIST}.versions[1].wieght: unknown key; did you mean 'weight'?",
    ),
    "odd key": ({"cluster.a b\n": 1}, '.cluster["a b\\n"]: unknown key; known keys: context, metadataDomains'),
    "merge key": ({"cluster.<<": 1}, '.cluster["<<"]: unknown key; known keys: context, metadataDomains'),
    "in class": (
        {"resourceClasses": {"tiny": {"cpu": 1, "memory": "1Gi", "gpuss": 1}}},
        ".resourceClasses.tiny.gpuss: unknown key; did you mean 'gpus'?",
    ),
    "missing": ({"models.1.size": DELETED}, f"{IRIS}.size: missing; expected size of the files of the largest version"),
    "missing acronym": (
        {"resourceClasses": {"tiny": {"memory": "1Gi"}}},
        ".resourceClasses.tiny.cpu: missing; expected CPU cores",
    ),
    "no cluster": ({"cluster": DELETED}, ".cluster: missing; expected cluster the stack is deployed to"),
    "key of half a character": (
        {"cluster.\ud800": 1},
        '.cluster: "\\ud800"; expected keys without unpaired surrogates',
    ),
    # Kinds of values.
    "text for number": (
        {"models.0.versions.1.weight": "10"},
        f'{MNIST}.versions[1].weight: "10"; expected a whole number; write it without quotes',
    ),
    "word for number": ({"models.0.logLevel": "high"}, f'{MNIST}.logLevel: "high"; expected a whole number'),
    "look-alike digits": ({"models.0.logLevel": "\uff11"}, f'{MNIST}.logLevel: "\uff11"; expected a whole number'),
    "boolean for number": ({"models.0.logLevel": True}, f"{MNIST}.logLevel: true; expected a whole number"),
    "fraction for number": ({"models.0.logLevel": 1.0}, f"{MNIST}.logLevel: 1.0; expected a whole number"),
    "not a number": ({"models.0.logLevel": float("nan")}, f"{MNIST}.logLevel: NaN; expected a whole number"),
    "null": ({"models.0.logLevel": None}, f"{MNIST}.logLevel: null; expected a whole number"),
    "number for boolean": ({"models.1.stateful": 1}, f"{IRIS}.stateful: 1; expected true or false"),
    "text for boolean": ({"models.1.stateful": "yes"}, f'{IRIS}.stateful: "yes"; expected true or false'),
    "number for text": (
        {"cluster.context": 7},
        ".cluster.context: 7; expected text; write it in quotes",
    ),
    "text for list": ({"storage.cidrs": "192.0.2.0/24"}, '.storage.cidrs: "192.0.2.0/24"; expected a list'),
    "mapping for list": ({"models": {"mnist": {}}}, ".models: a mapping; expected a list"),
    "list for mapping": ({"cluster": ["x"]}, ".cluster: a list of 1; expected a mapping"),
    "text for model": ({"models.1": "iris"}, '.models[1]: "iris"; expected a mapping'),
    "text for quota": ({"quota": "all"}, '.quota: "all"; expected a mapping'),
    "text for scaling": ({"models.1.scaling": "auto"}, f'{IRIS}.scaling: "auto"; expected a mapping'),
    "list for classes": ({"resourceClasses": [1]}, ".resourceClasses: a list of 1; expected a mapping"),
    "no models": (
        {"models": []},
        (
            ".models: an empty list; expected at least one model; "
            "to serve none, remove the whole stack: make down, or pulumi destroy"
        ),
    ),
    "no versions": ({"models.1.versions": []}, f"{IRIS}.versions: an empty list; expected at least one entry"),
    "no networks": ({"storage.cidrs": []}, ".storage.cidrs: an empty list; expected at least one entry"),
    "long value": ({"cluster.context": 10**80}, f".cluster.context: 1{'0' * 56}...; expected text; write it in quotes"),
    # Bounds.
    "log level": ({"models.0.logLevel": 4}, f"{MNIST}.logLevel: 4; expected at most 3"),
    "weight above": ({"models.0.versions.0.weight": 101}, f"{MNIST}.versions[0].weight: 101; expected at most 100"),
    "weight below": ({"models.0.versions.0.weight": -1}, f"{MNIST}.versions[0].weight: -1; expected at least 0"),
    "version 0": ({"models.1.versions.0.version": 0}, f"{IRIS}.versions[0].version: 0; expected at least 1"),
    "version 2^63": (
        {"models.1.versions.0.version": 2**63},
        f"{IRIS}.versions[0].version: {2**63}; expected at most {2**63 - 1}",
    ),
    "no pods": ({"models.2.replicas": 0}, f"{RECOMMENDER}.replicas: 0; expected at least 1"),
    "drain": ({"models.0.drainSeconds": 3601}, f"{MNIST}.drainSeconds: 3601; expected at most 3600"),
    "load timeout": ({"models.0.loadTimeoutSeconds": 0}, f"{MNIST}.loadTimeoutSeconds: 0; expected at least 1"),
    "gpus": ({"quota": {"gpus": -1}}, ".quota.gpus: -1; expected at least 0"),
    "utilisation": (
        {"models.1.scaling": {"cpuUtilizationPercent": 101}},
        f"{IRIS}.scaling.cpuUtilizationPercent: 101; expected at most 100",
    ),
    # Choices.
    "environment": (
        {"environment": "production"},
        (".environment: \"production\"; expected dev, staging or prod; did you mean 'prod'?"),
    ),
    "environment, nothing else": (
        {"environment": 1, "models.1.scaling": {"maxReplicas": 1}},
        ".environment: 1; expected dev, staging or prod",
    ),
    "environment of no text": ({"environment": ["dev"]}, ".environment: a list of 1; expected dev, staging or prod"),
    "exposure": (
        {"models.1.exposure": "NodePort"},
        (
            f'{IRIS}.exposure: "NodePort"; expected cluster-ip, node-port, load-balancer, ingress or gateway; '
            "did you mean 'node-port'?"
        ),
    ),
    "warm-up": ({"models.1.warmup": 3}, f"{IRIS}.warmup: 3; expected optional or required"),
    "access mode": (
        {"models.2.volume.accessMode": "ReadOnlyMany"},
        (
            f'{RECOMMENDER}.volume.accessMode: "ReadOnlyMany"; expected ReadWriteMany or ReadWriteOnce; '
            "did you mean 'ReadWriteMany'?"
        ),
    ),
    "data class": (
        {"data.class": "secret"},
        '.data.class: "secret"; expected public, internal, confidential or personal',
    ),
    "no data class": (
        {"models.1.data": {"residency": "eu-central-1"}},
        (f"{IRIS}.data.class: missing; expected how widely it may be shared; personal for data about people"),
    ),
    "data class in Python": ({"data.class_": "public"}, ".data.class_: unknown key; did you mean 'class'?"),
    "residency": (
        {"data.residency": "EU Central"},
        ".data.residency: \"EU Central\"; expected a region such as eu-central-1; did you mean 'eu-central'?",
    ),
    "no storage class": (
        {"volumes": {}},
        ".volumes.storageClass: missing; expected StorageClass of the volumes of models that do not set one",
    ),
    "protection": ({"models.2.volume.protect": "yes"}, f'{RECOMMENDER}.volume.protect: "yes"; expected true or false'),
    "runtime": (
        {"models.1.runtime": "tensorflow_servin"},
        (
            f'{IRIS}.runtime: "tensorflow_servin"; expected a runtime: tensorflow-serving, torchserve or triton; '
            "did you mean 'tensorflow-serving'?"
        ),
    ),
}


@pytest.mark.parametrize(("edits", "line"), CASES.values(), ids=CASES)
def test_a_field_that_is_wrong(edits: Mapping[str, Any], line: str) -> None:
    assert problems(edits) == [line]
