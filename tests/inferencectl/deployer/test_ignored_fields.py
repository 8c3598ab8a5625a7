"""Fields that a program ignores are its own once, when the object is made, and afterwards as others leave them."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes.core.v1 import Service, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from inferencectl.deployer import Action, Deployer, KubernetesObject, kubernetes_objects
from inferencectl.deployer.ignored import with_live_values
from inferencectl.program.recording import record
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.deployer.manifests import kubernetes_object
from tests.inferencectl.rest import Rest

IGNORED = ["metadata.labels", "spec.selector"]


def address(namespace: str, selected: str, *ignored: str, port: int = 80) -> tuple[KubernetesObject, ...]:
    """A Service, as a program registers it."""

    def program() -> None:
        Service(
            "address",
            metadata=ObjectMetaArgs(name="address", namespace=namespace, labels={"from": "program"}),
            spec=ServiceSpecArgs(selector={"version": selected}, ports=[ServicePortArgs(port=port)], cluster_ip="None"),
            opts=pulumi.ResourceOptions(ignore_changes=[*ignored]),
        )

    return kubernetes_objects(record(program, project="inference", stack="test"))


def moved(rest: Rest, namespace: str) -> None:
    """Another client leads the Service elsewhere, and takes its labels away."""
    path = f"/api/v1/namespaces/{namespace}/services/address"
    rest.merge(path, {"metadata": {"labels": {"from": None}}, "spec": {"selector": {"version": "2"}}})


def state(rest: Rest, namespace: str) -> tuple[Mapping[str, str], Mapping[str, str], int]:
    live: Any = rest.get(f"/api/v1/namespaces/{namespace}/services/address")
    return live["spec"]["selector"], live["metadata"].get("labels", {}), live["spec"]["ports"][0]["port"]


def test_an_ignored_field_stays_where_others_moved_it(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deployer.deploy(address(namespace, "1", *IGNORED), print)
    assert state(rest, namespace) == ({"version": "1"}, {"from": "program"}, 80)
    moved(rest, namespace)
    for selected in ("1", "3"):
        wanted = address(namespace, selected, *IGNORED)
        assert [each.action for each in deployer.preview(wanted).changes] == [Action.UNCHANGED]
        assert not deployer.deploy(wanted, print).changed
        assert state(rest, namespace) == ({"version": "2"}, {}, 80)


def test_the_other_fields_are_still_the_programs(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deployer.deploy(address(namespace, "1", *IGNORED), print)
    moved(rest, namespace)
    (changed,) = deployer.deploy(address(namespace, "1", *IGNORED, port=81), print).changed
    assert all(field.path.startswith("spec.ports") for field in changed.fields)
    assert state(rest, namespace) == ({"version": "2"}, {}, 81)


def test_without_the_option_the_program_takes_the_field_back(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deployer.deploy(address(namespace, "1"), print)
    moved(rest, namespace)
    deployer.deploy(address(namespace, "1"), print)
    assert state(rest, namespace) == ({"version": "1"}, {"from": "program"}, 80)


@pytest.mark.parametrize("path", ["spec.ports[0].port", "spec.*", ""])
def test_a_path_that_names_no_field_is_refused(path: str) -> None:
    with pytest.raises(SandboxError, match="ignore_changes with"):
        address("any", "1", path)


def test_a_field_that_is_not_there_is_not_made() -> None:
    manifest = {"spec": {"selector": {"version": "1"}, "ports": []}}
    assert with_live_values(manifest, {}, [("spec", "selector")]) == {"spec": {"ports": []}}
    assert with_live_values(manifest, {}, [("data", "key")]) == manifest


def test_an_object_is_awaited_for_the_field_that_its_annotation_names(
    deployer: Deployer, rest: Rest, namespace: str
) -> None:
    metadata = {
        "name": "awaited",
        "namespace": namespace,
        "annotations": {"pulumi.com/waitFor": "jsonpath={.data.phase}=done", "pulumi.com/timeoutSeconds": "2"},
    }
    item = kubernetes_object({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {}})
    with pytest.raises(
        SandboxError, match=r"awaited is not ready after \d+ s: \.data\.phase is not there, not done yet"
    ):
        deployer.deploy([item], print)
    rest.merge(f"/api/v1/namespaces/{namespace}/configmaps/awaited", {"data": {"phase": "begun"}})
    with pytest.raises(SandboxError, match=r"\.data\.phase is begun, not done yet"):
        deployer.deploy([item], print)
    rest.merge(f"/api/v1/namespaces/{namespace}/configmaps/awaited", {"data": {"phase": "done"}})
    deployer.deploy([item], print)
