"""A deployment in a process of its own, to be killed."""

from collections.abc import Sequence

from inferencectl.deployer import Deployer, KubernetesObject
from tests.inferencectl.faulty_proxy import client_of


def deploy(url: str, stack: str, objects: Sequence[KubernetesObject]) -> None:
    Deployer(client_of(url), stack).deploy(objects, lambda _: None)


def destroy(url: str, stack: str) -> None:
    Deployer(client_of(url), stack).destroy(lambda _: None)
