"""A volume of prod on the real control plane: it is bound in its class, and goes only when that was said before."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.rest import Rest
from tests.inferencectl.stacks import Stack, fresh_namespace, in_namespace, model, release_volumes

KEPT, REMOVED = "iris", "recommender"


@pytest.fixture
def prod(api_client: ApiClient) -> Iterator[Stack]:
    stack = Stack(api_client, "prod", fresh_namespace())
    stack.edit(lambda platform: platform.update(models=[model(platform, name) for name in (KEPT, REMOVED)]))
    stack.up()
    yield stack
    stack.destroy()


def remove(platform: dict[str, Any]) -> None:
    platform["models"].remove(model(platform, REMOVED))


def test_a_volume_is_deleted_only_after_its_release(prod: Stack, rest: Rest) -> None:
    claim = in_namespace(prod, f"persistentvolumeclaims/{REMOVED}-models")
    assert rest.get(claim)["status"]["phase"] == "Bound"
    assert rest.get(claim)["spec"]["storageClassName"] == "encrypted"
    models = prod.models
    prod.edit(remove)
    for attempt in (prod.preview, prod.up):
        with pytest.raises(SandboxError, match=f"PersistentVolumeClaim .*/{REMOVED}-models would be deleted"):
            attempt()
    prod.edit(lambda platform: platform.update(models=models))
    prod.edit(release_volumes)
    assert prod.up().changed == ()
    prod.edit(remove)
    deleted = {(change.kind, change.name) for change in prod.up().changed}
    assert ("PersistentVolumeClaim", f"{REMOVED}-models") in deleted
    assert {change.kind for change in prod.up().changed} == set()
