"""What the deployer's tests share: a deployer, the tests' own view of the cluster, and a proxy between the two."""

from collections.abc import Iterator

import pytest
from kubernetes.client import ApiClient

from sandbox.deployment import Deployer
from tests.sandbox.faulty_proxy import FaultyProxy, faulty_proxy
from tests.sandbox.rest import Rest


@pytest.fixture
def deployer(api_client: ApiClient, namespace: str) -> Deployer:
    """A deployer of a stack that is named after the test's namespace."""
    return Deployer(api_client, namespace)


@pytest.fixture
def rest(api_client: ApiClient) -> Rest:
    return Rest(api_client)


@pytest.fixture
def proxy(api_client: ApiClient) -> Iterator[FaultyProxy]:
    with faulty_proxy(api_client) as running:
        yield running
