"""Storage of another kind than S3: what can be asked for, and what is said of what makes no sense."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.settings.settings_stack import DELETED, MNIST, edited, problems
from tests.settings.settings_storage import AZURE, CLAIM, CLIENT, GKE, GOOGLE, IN_CLUSTER, WEB, stored_in

ARN = "arn:aws:iam::123456789012:role/models"
REGISTRY = {"url": "s3://models/dev", "publicKey": "keys/models.pub"}


@pytest.mark.parametrize(
    "storage", [GOOGLE, AZURE, WEB, IN_CLUSTER, CLAIM], ids=["gs", "azblob", "https", "https in the cluster", "claim"]
)
def test_a_stack_has_storage_of_each_kind(storage: Mapping[str, Any]) -> None:
    platform = load("dev", edited(stored_in(storage)))
    assert platform.storage.type == storage["type"]
    assert platform.models[1].data
    assert platform.models[1].data.residency == storage["region"]


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        (
            stored_in(GOOGLE, {"storage.identity.role": ARN}),
            ".storage.identity.role: of another cloud than the storage, which is of type gs; expected an identity with",
        ),
        (
            stored_in(AZURE, {"storage.identity.provider": GKE}),
            ".storage.identity.provider: of another cloud than the storage, which is of type azblob",
        ),
        (
            {"storage.credentialsSecret": DELETED, "storage.identity": {"clientId": CLIENT}},
            ".storage.identity.clientId: of another cloud than the storage, which is of type s3",
        ),
        (
            stored_in(GOOGLE, {"storage.credentialsSecret": "keys"}),
            ".storage.credentialsSecret: not shown; expected an identity alone, as storage of type gs is read without",
        ),
        (stored_in(GOOGLE, {"storage.identity": DELETED}), ".storage.identity: missing"),
        (stored_in(AZURE, {"storage.identity": DELETED}), ".storage.identity: missing"),
        (stored_in(GOOGLE, {"storage.identity.provider": DELETED}), ".storage.identity.provider: missing"),
        (stored_in(AZURE, {"storage.identity.clientId": DELETED}), ".storage.identity.clientId: missing"),
        (stored_in(AZURE, {"storage.identity.tenantId": DELETED}), ".storage.identity.tenantId: missing"),
        (stored_in(AZURE, {"storage.identity.clientId": "models"}), ".storage.identity.clientId: "),
        (stored_in(AZURE, {"storage.account": "my-models"}), ".storage.account: "),
        (stored_in(GOOGLE, {"storage.identity.provider": "my-project.svc.id.goog"}), ".storage.identity.provider: "),
        (stored_in(GOOGLE, {"storage.identity.serviceAccount": "models"}), ".storage.identity.serviceAccount: "),
        (
            stored_in(GOOGLE, {"models.0.storageRole": ARN}),
            f"{MNIST}.storageRole: '{ARN}'; expected a service account of Google",
        ),
        (
            stored_in(AZURE, {"models.0.storageRole": ARN}),
            f"{MNIST}.storageRole: '{ARN}'; expected the client ID of an identity of Azure",
        ),
        (
            stored_in(GOOGLE, {"models.0.versions.0.storage": "s3://models/mnist/1"}),
            f"{MNIST}.versions[0].storage: 's3://models/mnist/1'; expected gs://…, as the stack's",
        ),
        (
            {"models.0.versions.1.storage": "azblob://models/mnist/2"},
            f"{MNIST}.versions[1].storage: 'azblob://models/mnist/2'; expected s3://…",
        ),
        (stored_in(GOOGLE, {"registry": REGISTRY}), ".registry: set beside storage of type gs; expected no registry"),
        ({"registry": {**REGISTRY, "url": "gs://models/dev"}}, '.registry.url: "gs://models/dev"; expected an object'),
        (
            stored_in(WEB, {"models.0.versions.0.storage": "https://other.example/mnist/1"}),
            f"{MNIST}.versions[0].storage: 'https://other.example/mnist/1'; expected {WEB['endpoint']}/…, as",
        ),
        (
            stored_in(WEB, {"models.0.versions.0.storage": f"{WEB['endpoint']}0/mnist/1"}),
            f"{MNIST}.versions[0].storage: '{WEB['endpoint']}0/mnist/1'; expected ",
        ),
        (stored_in(WEB, {"models.0.storageRole": ARN}), f"{MNIST}.storageRole: has no effect; expected no storageRole"),
        (
            stored_in(IN_CLUSTER, {"models.0.credentialsSecret": "own"}),
            f"{MNIST}.credentialsSecret: not shown; expected no credentialsSecret, as the stack's server is asked",
        ),
        (stored_in(WEB, {"storage.endpoint": DELETED}), ".storage.endpoint: missing"),
        (stored_in(WEB, {"storage.endpoint": f"{WEB['endpoint']}/models"}), ".storage.endpoint: "),
        (stored_in(WEB, {"storage.region": DELETED}), ".storage.region: missing"),
        (
            stored_in(WEB, {"storage.cidrs": DELETED}),
            ".storage.cidrs: missing; expected networks of the storage, or pods",
        ),
        (stored_in(WEB, {"storage.authentication": "digest"}), '.storage.authentication: "digest"; expected '),
        (
            stored_in(WEB, {"storage.credentialsSecret": DELETED}),
            ".storage.authentication: has no effect without credentialsSecret; expected no authentication, or",
        ),
        (stored_in(WEB, {"storage.plaintext": True}), ".storage.plaintext: has no effect, as the endpoint is https://"),
        (stored_in(WEB, {"storage.identity": {"role": ARN}}), ".storage.identity: "),
        (
            stored_in(IN_CLUSTER, {"storage.plaintext": DELETED}),
            ".storage.endpoint: 'http://models.web.svc:8080'; expected an https endpoint, as everyone on the way",
        ),
        (
            stored_in(IN_CLUSTER, {"storage.pods": DELETED, "storage.cidrs": ["192.0.2.0/24"]}),
            ".storage.endpoint: 'http://models.web.svc:8080'; expected an https endpoint, or http://SERVICE.NAMESPACE.svc",
        ),
        (
            stored_in(IN_CLUSTER, {"storage.cidrs": ["192.0.2.0/24"]}),
            ".storage.endpoint: 'http://models.web.svc:8080'; expected an https endpoint, or http://SERVICE.NAMESPACE.svc",
        ),
        (
            stored_in(IN_CLUSTER, {"storage.credentialsSecret": "own"}),
            ".storage.credentialsSecret: not shown; expected",
        ),
        (stored_in(IN_CLUSTER, {"storage.pods.labels": {}}), ".storage.pods.labels: an empty mapping; expected "),
        (
            stored_in(IN_CLUSTER, {"storage.pods.labels": {"a b": "c"}}),
            '.storage.pods.labels["a b"]: "a b"; expected the name of a label',
        ),
        (stored_in(IN_CLUSTER, {"storage.pods.port": 0}), ".storage.pods.port: 0; expected "),
        (
            {"storage.endpoint": DELETED, "storage.pods": IN_CLUSTER["pods"]},
            ".storage.endpoint: missing; expected the address of the pods' Service",
        ),
        (
            stored_in(CLAIM, {"storage.accessMode": "ReadWriteOnce"}),
            ".storage.accessMode: ReadWriteOnce; expected ReadOnlyMany or ReadWriteMany: replicas, and an update's",
        ),
        (
            stored_in(CLAIM, {"storage.namespace": "other"}),
            ".storage.namespace: set; expected no namespace, as pods can mount claims of their own namespace alone",
        ),
        (stored_in(CLAIM, {"storage.claim": "other/models"}), ".storage.claim: "),
        (
            stored_in(CLAIM, {"models.0.versions.0.storage": "claim://other/mnist/1"}),
            f"{MNIST}.versions[0].storage: 'claim://other/mnist/1'; expected claim://published-models/…",
        ),
        (
            stored_in(CLAIM, {"models.0.versions.0.storage": "claim://published-models/../1"}),
            f'{MNIST}.versions[0].storage: "claim://published-models/../1"; expected an object storage folder',
        ),
        (
            stored_in(CLAIM, {"models.0.credentialsSecret": "own"}),
            f"{MNIST}.credentialsSecret: not shown; expected no credentialsSecret, as a claim is mounted",
        ),
        ({"storage.type": "gcs"}, '.storage.type: "gcs"; expected '),
        ({"storage.type": {}}, ".storage.type: an empty mapping; expected "),
    ],
)
def test_what_is_refused(edits: Mapping[str, Any], said: str) -> None:
    (problem,) = problems(edits)
    assert problem.startswith(said), problem
