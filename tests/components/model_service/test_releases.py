"""Release strategies deployed for real, one after the other: what changes is an address, and nothing changes twice."""

from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.changes import Action, Plan
from inferencectl.deployer import Deployer, kubernetes_objects
from settings import BlueGreenRelease, Exposure
from tests.components.model_service.test_version_change import deploy, recorded, versions_behind
from tests.components.models import MODELS, ONE_ANSWERS, RELEASES, TWO_VERSIONS, model, version
from tests.inferencectl.rest import Rest
from tests.waiting import soon

ROUTE, SERVICE = ("HTTPRoute", "mnist"), ("Service", "mnist")


class Deployed:
    """A model of two versions in a namespace, deployed with one strategy after the other."""

    def __init__(self, api: ApiClient, namespace: str) -> None:
        self.api, self.namespace, self.rest = api, namespace, Rest(api)

    def preview(self, **fields: Any) -> Plan:
        recording = self._recorded(**fields)
        return Deployer(self.api, self.namespace).preview(kubernetes_objects(recording))

    def change(self, **fields: Any) -> set[tuple[str, str]]:
        """The objects that a deployment changes; they are those that the preview names, and none the second time."""
        changed = self.preview(**fields).changed
        deploy(self.api, self.namespace, self._recorded(**fields))
        assert self.preview(**fields).changed == ()
        assert {each.action for each in changed} <= {Action.CREATE, Action.UPDATE}
        return {(each.kind, each.name) for each in changed}

    def _recorded(self, **fields: Any) -> Any:
        fixed = {"exposure": Exposure.GATEWAY, "scaling": None, "replicas": 1}
        return recorded(model(**{**fixed, **fields}), self.namespace)

    @property
    def route(self) -> dict[str, Any]:
        return self.rest.get(f"/apis/gateway.networking.k8s.io/v1/namespaces/{self.namespace}/httproutes/mnist")


@pytest.fixture
def deployed(api_client: ApiClient, namespace: str) -> Deployed:
    return Deployed(api_client, namespace)


def test_every_strategy_follows_every_other_by_its_route_alone(deployed: Deployed) -> None:
    assert len(deployed.change(versions=TWO_VERSIONS)) > 2
    ways = {"weights": MODELS["gateway"], **RELEASES}
    for fields in (*ways.values(), *reversed(ways.values())):
        before = deployed.route["spec"]
        changed = deployed.change(**fields)
        assert changed == ({ROUTE} if deployed.route["spec"] != before else set())
    assert versions_behind(deployed.rest, deployed.namespace) == ("1", ["1"])
    owners = [each["manager"] for each in deployed.route["metadata"]["managedFields"] if "f:spec" in each["fieldsV1"]]
    assert len(owners) == 1


@pytest.mark.parametrize("exposure", [Exposure.GATEWAY, Exposure.CLUSTER_IP])
def test_a_blue_green_switch_is_one_field_of_one_object(deployed: Deployed, exposure: Exposure) -> None:
    blue_green = {"release": BlueGreenRelease(), "exposure": exposure}
    deployed.change(versions=ONE_ANSWERS, **blue_green)
    for number in (2, 1):
        switched = tuple(
            each.model_copy(update={"weight": 100 if each.version == number else 0}) for each in ONE_ANSWERS
        )
        (change,) = deployed.preview(versions=switched, **blue_green).changed
        assert [field.path for field in change.fields] == ["spec.selector[app.kubernetes.io/version]"]
        assert deployed.change(versions=switched, **blue_green) == {SERVICE}
        assert versions_behind(deployed.rest, deployed.namespace)[0] == str(number)
        expected = (str(number), [str(number)])
        soon(lambda expected=expected: versions_behind(deployed.rest, deployed.namespace) == expected)


def test_a_candidate_comes_and_goes_without_a_change_to_the_version_that_answers(deployed: Deployed) -> None:
    deployed.change(versions=(version(1, 100, labels=("stable",)),))
    of_candidate = {name for _, name in deployed.change(**RELEASES["mirror"])}
    assert of_candidate == {"mnist", *(f"mnist-v2{suffix}" for suffix in ("", "-config"))}
