"""What other clients changed in a deployed stack is put back by the next deployment, whatever field it is."""

from collections.abc import Callable, Iterator

import pytest
from kubernetes.client import ApiClient

from tests.inferencectl.drift import differences, drift
from tests.inferencectl.rest import Rest
from tests.inferencectl.stacks import Stack, deployed, in_namespace


@pytest.fixture
def dev(api_client: ApiClient) -> Iterator[Stack]:
    yield from deployed(api_client, "dev")


def test_drift_is_put_back(rest: Rest, dev: Stack, eventually: Callable[[Callable[[], object]], object]) -> None:
    policy = in_namespace(dev, "networkpolicies/mnist", "networking.k8s.io/v1")
    with pytest.raises(AssertionError, match=r"N02 Network policies name their peers \(ingress\): Set from"):
        rest.merge(policy, {"spec": {"ingress": [{}]}})
    before = drift(rest, dev.namespace)
    assert set(differences(rest, before)) == set(before)
    rest.delete(in_namespace(dev, "poddisruptionbudgets/iris-v1", "policy/v1"))
    budgets = in_namespace(dev, "poddisruptionbudgets", "policy/v1")
    eventually(lambda: "iris-v1" not in rest.items(budgets))
    outcome = dev.up()
    assert {(change.action, change.kind, change.name) for change in outcome.changed} == {
        ("update", "StatefulSet", "recommender-v3"),
        ("update", "Deployment", "iris-v1"),
        ("update", "Service", "mnist"),
        ("update", "ConfigMap", "iris-v1-config"),
        ("update", "NetworkPolicy", "mnist"),
        ("create", "PodDisruptionBudget", "iris-v1"),
    }
    assert len(outcome.drifted) == len(outcome.changed)
    assert differences(rest, before) == {}
    assert dev.up().changed == ()
