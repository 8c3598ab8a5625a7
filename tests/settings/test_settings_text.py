"""A text that has not the form it needs: where, what is there, what to write instead."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.settings.settings_stack import IRIS, MNIST, RECOMMENDER, problems

SHA = "0123456789abcdef" * 4
STORAGE_KEYS = ("cidrs", "endpoint", "pods", "caConfigMap", "type", "region", "credentialsSecret", "identity")
LABEL = "expected a DNS label: a-z, 0-9 and '-' inside, at most 63 characters"
NAME = "expected a DNS label that begins with a letter, at most 40 characters"
QUANTITY = "expected a Kubernetes quantity such as 2, 500m, 24Mi or 1.5Gi"
DIGITS = "expected 64 lower-case hexadecimal digits: the SHA-256 of the version's SHA256SUMS file"
FOLDER = (
    "expected an object storage folder s3://bucket/path, gs://bucket/path, azblob://container/path, "
    "https://host.example/path or claim://claim/path without spaces or special characters"
)
HOST = "expected a full DNS name without wildcard, such as models.example.org"
URL = "expected an https URL of scheme, host and port only, such as https://storage.example:9000"
NETWORK = "expected a network in CIDR notation such as 192.0.2.0/24"
NAMESPACE = "expected a namespace of the stack's own, neither 'default' nor 'kube-...'"

CASES = {
    "label": ({"namespace": "Models Dev"}, f".namespace: \"Models Dev\"; {LABEL}; did you mean 'models-dev'?"),
    "label with newline": ({"namespace": "models\n"}, f".namespace: \"models\\n\"; {LABEL}; did you mean 'models'?"),
    "label of 64": ({"namespace": "a" * 64}, f".namespace: \"{'a' * 56}...; {LABEL}; did you mean '{'a' * 63}'?"),
    "label of look-alikes": (
        {"namespace": "m\u043edels"},
        f".namespace: \"m\u043edels\"; {LABEL}; did you mean 'm-dels'?",
    ),
    "empty label": ({"namespace": ""}, f'.namespace: ""; {LABEL}'),
    "unpaired surrogate": ({"namespace": "\ud800"}, '.namespace: "\\ud800"; ' + LABEL),
    "default namespace": ({"namespace": "default"}, f'.namespace: "default"; {NAMESPACE}'),
    "system's namespace": ({"namespace": "kube-system"}, f'.namespace: "kube-system"; {NAMESPACE}'),
    "model name": (
        {"models.1.name": "Iris_2"},
        f".models[1] (Iris_2).name: \"Iris_2\"; {NAME}; did you mean 'iris-2'?",
    ),
    "model name of two lines": (
        {"models.1.name": "a\nb"},
        f".models[1].name: \"a\\nb\"; {NAME}; did you mean 'a-b'?",
    ),
    "model name with digit": ({"models.1.name": "2iris"}, f'.models[1] (2iris).name: "2iris"; {NAME}'),
    "model name of 41": ({"models.1.name": "i" * 41}, f'.models[1] ({"i" * 41}).name: "{"i" * 41}"; {NAME}'),
    "version label": (
        {"models.0.versions.0.labels": ["a/b"]},
        f"{MNIST}.versions[0].labels[0]: \"a/b\"; {LABEL}; did you mean 'a-b'?",
    ),
    "class name": (
        {"resourceClasses": {"Tiny": {"cpu": 1, "memory": "1Gi"}}},
        f".resourceClasses.Tiny: \"Tiny\"; {LABEL}; did you mean 'tiny'?",
    ),
    "storage class": (
        {"models.2.volume.storageClass": "Fast"},
        f'{RECOMMENDER}.volume.storageClass: "Fast"; expected lower-case DNS labels with dots between them',
    ),
    "quantity": ({"models.1.size": "24 MB"}, f"{IRIS}.size: \"24 MB\"; {QUANTITY}; did you mean '24Mi'?"),
    "quantity of nothing": ({"models.1.size": "big"}, f'{IRIS}.size: "big"; {QUANTITY}'),
    "quantity 0": ({"quota": {"cpu": 0}}, f".quota.cpu: 0; {QUANTITY}, more than 0 and less than 8Ei"),
    "quantity below": ({"models.1.size": "-1Mi"}, f'{IRIS}.size: "-1Mi"; {QUANTITY}'),
    "quantity above": ({"models.1.size": "8Ei"}, f'{IRIS}.size: "8Ei"; {QUANTITY}, more than 0 and less than 8Ei'),
    "quantity true": ({"models.1.size": True}, f"{IRIS}.size: true; expected text; write it in quotes"),
    "quantity NaN": ({"models.1.size": float("nan")}, f"{IRIS}.size: NaN; {QUANTITY}"),
    "digest": ({"models.1.versions.0.sha256": "abc"}, f'{IRIS}.versions[0].sha256: "abc"; {DIGITS}'),
    "digest in capitals": (
        {"models.1.versions.0.sha256": SHA.upper()},
        f"{IRIS}.versions[0].sha256: \"{SHA.upper()[:56]}...; {DIGITS}; did you mean '{SHA}'?",
    ),
    "folder with end": (
        {"models.1.versions.0.storage": "s3://models/iris/1/"},
        f"{IRIS}.versions[0].storage: \"s3://models/iris/1/\"; {FOLDER}; did you mean 's3://models/iris/1'?",
    ),
    "folder above": (
        {"models.1.versions.0.storage": "s3://models/../1"},
        f'{IRIS}.versions[0].storage: "s3://models/../1"; {FOLDER}',
    ),
    "folder of shell": (
        {"models.1.versions.0.storage": "s3://models/$(id)"},
        f'{IRIS}.versions[0].storage: "s3://models/$(id)"; {FOLDER}',
    ),
    "folder elsewhere": (
        {"models.1.versions.0.storage": "ftp://models/iris"},
        f'{IRIS}.versions[0].storage: "ftp://models/iris"; {FOLDER}',
    ),
    "wildcard": (
        {"gateway.hostname": "*.dev.example"},
        '.gateway.hostname: "*.dev.example"; ' + HOST + "; did you mean 'dev.example'?",
    ),
    "address for host": ({"gateway.hostname": "192.0.2.1"}, f'.gateway.hostname: "192.0.2.1"; {HOST}'),
    "http": (
        {"storage.endpoint": "http://s.example"},
        '.storage.endpoint: "http://s.example"; ' + URL + "; did you mean 'https://s.example'?",
    ),
    "path in endpoint": (
        {"storage.endpoint": "https://s.example:9000/x"},
        '.storage.endpoint: "https://s.example:9000/x"; ' + URL + "; did you mean 'https://s.example:9000'?",
    ),
    "port": ({"storage.endpoint": "https://s.example:99999"}, f'.storage.endpoint: "https://s.example:99999"; {URL}'),
    "no host": ({"storage.endpoint": "https://"}, f'.storage.endpoint: "https://"; {URL}'),
    "host bits": (
        {"storage.cidrs": ["192.0.2.7/24"]},
        f".storage.cidrs[0]: \"192.0.2.7/24\"; {NETWORK}; did you mean '192.0.2.0/24'?",
    ),
    "no prefix": (
        {"storage.cidrs": ["192.0.2.7"]},
        f".storage.cidrs[0]: \"192.0.2.7\"; {NETWORK}; did you mean '192.0.2.7/32'?",
    ),
    "everything": (
        {"storage.cidrs": ["0.0.0.0/0"]},
        '.storage.cidrs[0]: "0.0.0.0/0"; expected a network no wider than /8; list the individual networks',
    ),
    "half of everything": (
        {"storage.cidrs": ["192.0.2.0/24", "128.0.0.0/1"]},
        '.storage.cidrs[1]: "128.0.0.0/1"; expected a network no wider than /8; list the individual networks',
    ),
    "all of IPv6": (
        {"storage.cidrs": ["::/0"]},
        '.storage.cidrs[0]: "::/0"; expected a network no wider than /16; list the individual networks',
    ),
    "no network": ({"storage.cidrs": ["storage"]}, f'.storage.cidrs[0]: "storage"; {NETWORK}'),
    "context": (
        {"cluster.context": " dev "},
        ".cluster.context: \" dev \"; expected the name of a kubeconfig context, without spaces; did you mean 'dev'?",
    ),
    "region": (
        {"storage.region": "EU Central"},
        ".storage.region: \"EU Central\"; expected a region such as eu-central-1; did you mean 'eu-central'?",
    ),
    # Secrets are not repeated, wherever they were put by mistake.
    "secret": ({"storage.credentialsSecret": "AKIA/123"}, f".storage.credentialsSecret: not shown; {LABEL}"),
    "secret as key": (
        {"storage.secretAccessKey": "AKIA"},
        f".storage.secretAccessKey: unknown key; known keys: {', '.join(STORAGE_KEYS)}",
    ),
    "secret in URL": (
        {"storage.endpoint": "https://me:AKIA@s.example"},
        '.storage.endpoint: "https://...@s.example"; ' + URL + "; did you mean 'https://s.example'?",
    ),
}


@pytest.mark.parametrize(("edits", "line"), CASES.values(), ids=CASES)
def test_a_text_that_is_wrong(edits: Mapping[str, Any], line: str) -> None:
    assert problems(edits) == [line]
