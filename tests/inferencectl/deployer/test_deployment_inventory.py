"""The inventory in the cluster: room for large stacks, and one error where it is damaged."""

import uuid

import pytest
from kubernetes.client import ApiClient

from inferencectl.deployer import Deployer
from inferencectl.deployer.inventory import Inventory, entries_of
from inferencectl.deployer.resources import Resources
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.deployer.manifests import config_map
from tests.inferencectl.rest import INVENTORIES, Rest


def test_ten_thousand_objects_fit_into_the_inventory(api_client: ApiClient, namespace: str) -> None:
    resources = Resources(api_client)
    inventory = Inventory(resources, namespace)
    entries = entries_of(config_map(namespace, f"model-{uuid.uuid4()}") for _ in range(10_000))
    inventory.save(entries)
    assert inventory.load() == entries
    inventory.delete()


def test_a_damaged_inventory_is_one_error(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deployer.deploy([config_map(namespace, "a")], print)
    rest.merge(f"{INVENTORIES}/{namespace}", {"data": {"objects.json.gz": "AAAA"}})
    with pytest.raises(SandboxError, match="the inventory of the stack is corrupt"):
        deployer.deploy([config_map(namespace, "a")], print)
    rest.delete(f"{INVENTORIES}/{namespace}")
