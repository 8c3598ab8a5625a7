"""A claim that nothing would provide for is refused before anything is written, with the classes that there are."""

import pytest
from kubernetes.client import ApiClient

from inferencectl.deployer import Deployer
from inferencectl.deployer.resources import Resources
from inferencectl.deployer.storage_classes import refuse_unknown_storage_classes
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from tests.inferencectl.deployer.manifests import claim, kubernetes_object
from tests.inferencectl.rest import Rest

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def test_a_class_that_does_not_exist_is_refused_with_those_that_do(api_client: ApiClient, namespace: str) -> None:
    wrong = claim(namespace, "data", storage_class="fastest")
    with pytest.raises(SandboxError) as caught:
        refuse_unknown_storage_classes(
            Resources(api_client), [wrong, claim(namespace, "other", storage_class="sandbox")]
        )
    assert caught.value.message == f"PersistentVolumeClaim {namespace}/data: the cluster has no storage class fastest"
    assert "set volume.storageClass of the model" in caught.value.remedy
    assert "(encrypted, sandbox)" in caught.value.remedy
    assert caught.value.exit_code == BAD_INPUT


def test_a_claim_without_class_needs_a_default(api_client: ApiClient, rest: Rest, namespace: str) -> None:
    resources, unnamed = Resources(api_client), claim(namespace, "data")
    refuse_unknown_storage_classes(resources, [unnamed])
    try:
        rest.merge(f"{CLASSES}/sandbox", {"metadata": {"annotations": {DEFAULT: "false"}}})
        with pytest.raises(SandboxError, match="it names no storage class, and the cluster has no default"):
            refuse_unknown_storage_classes(resources, [unnamed])
    finally:
        rest.merge(f"{CLASSES}/sandbox", {"metadata": {"annotations": {DEFAULT: "true"}}})


def test_volumes_made_by_hand_or_long_ago_and_classes_of_the_program_are_accepted(
    api_client: ApiClient, namespace: str
) -> None:
    existing = claim(namespace, "existing", storage_class="gone")
    Deployer(api_client, namespace).deploy([existing], print)
    by_hand, own = claim(namespace, "by-hand", storage_class=""), claim(namespace, "own", storage_class="mine")
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "mine"}}
    made = kubernetes_object({**kind, "provisioner": "example.com/mine"})
    refuse_unknown_storage_classes(Resources(api_client), [existing, by_hand, own, made])
