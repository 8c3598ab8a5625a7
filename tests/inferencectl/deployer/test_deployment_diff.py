"""Differences in readable form."""

from collections.abc import Mapping
from typing import Any

import pytest

from inferencectl.deployer import FieldChange
from inferencectl.deployer.diff import field_changes, has_own_changes, manifest_changes
from tests.inferencectl.deployer.manifests import config_map, deployment, kubernetes_object, secret


def changes(item_fields: tuple[FieldChange, ...]) -> list[tuple[str, object, object]]:
    return [(change.path, change.before, change.after) for change in item_fields]


def test_list_items_go_by_name_and_bookkeeping_is_not_a_change() -> None:
    item = deployment("models", "web")
    spec = item.manifest["spec"]
    before = {**item.manifest, "metadata": {"name": "web", "resourceVersion": "1", "uid": "x", "managedFields": []}}
    containers = [{"name": "extra", "image": "e"}, {"name": "server", "image": "new"}]
    template = {**spec["template"], "spec": {"containers": containers}}
    after = {
        **item.manifest,
        "metadata": {"name": "web", "resourceVersion": "2"},
        "spec": {**spec, "template": template},
        "status": {"replicas": 1},
    }
    assert changes(field_changes(item, before, after)) == [
        ("spec.template.spec.containers[server].image", "registry.example/server:1", "new"),
        ("spec.template.spec.containers[extra]", None, {"name": "extra", "image": "e"}),
    ]


def test_lists_without_names_go_by_position_and_dotted_keys_are_bracketed() -> None:
    item = config_map("models", "a")
    before = {"metadata": {"finalizers": ["x", "y"], "annotations": {}}}
    after = {"metadata": {"finalizers": ["x", "z"], "annotations": {"pulumi.com/skipAwait": "true"}}}
    assert changes(field_changes(item, before, after)) == [
        ("metadata.annotations[pulumi.com/skipAwait]", None, "true"),
        ("metadata.finalizers[1]", "y", "z"),
    ]


def test_secret_values_are_never_shown() -> None:
    item = secret("models", "s", "b2xk")
    before, after = {"metadata": {}, "data": {"key": "b2xk"}}, {"metadata": {}, "data": {"key": "bmV3", "more": "eA=="}}
    assert changes(field_changes(item, before, after)) == [
        ("data.key", "[secret]", "[secret]"),
        ("data.more", None, "[secret]"),
    ]


def test_what_the_program_calls_secret_is_not_shown_in_any_kind() -> None:
    item = kubernetes_object(config_map("models", "a").manifest, secret_keys=("data",))
    before, after = {"metadata": {}, "data": {"value": "old"}}, {"metadata": {}, "data": {"value": "new"}}
    assert changes(field_changes(item, before, after)) == [("data.value", "[secret]", "[secret]")]


def test_a_replacement_shows_what_the_manifest_changes_and_not_what_the_cluster_added() -> None:
    item = deployment("models", "web", image="new")
    live_spec = {**deployment("models", "web").manifest["spec"], "progressDeadlineSeconds": 600}
    before = {"metadata": {**item.manifest["metadata"], "labels": {"added": "here"}}, "spec": live_spec}
    assert changes(manifest_changes(item, before)) == [
        ("spec.template.spec.containers[server].image", "registry.example/server:1", "new")
    ]


@pytest.mark.parametrize(
    ("before", "after", "own"),
    [
        ({"replicas": 1}, {"replicas": 2}, False),
        ({"paused": True}, {"paused": False}, True),
        ({"minReadySeconds": 5}, {}, True),
        ({"strategy": {"type": "Recreate"}}, {"strategy": {"type": "RollingUpdate"}}, True),
        ({"replicas": 1, "paused": True}, {"replicas": 2, "paused": False}, True),
    ],
    ids=["another client's", "in the manifest", "set before", "below a field set before", "both"],
)
def test_what_another_client_changed_is_no_change_of_ours(
    before: Mapping[str, Any], after: Mapping[str, Any], own: bool
) -> None:
    metadata = {"name": "web", "namespace": "models"}
    item = kubernetes_object(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"paused": False}}
    )
    fields = {"f:spec": {"f:minReadySeconds": {}, "f:paused": {}, "f:strategy": {}}}
    managed = [
        {"manager": "inference", "fieldsV1": fields},
        {"manager": "autoscaler", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
    ]
    live = {**item.manifest, "metadata": {**metadata, "managedFields": managed}}
    assert has_own_changes(item, {**live, "spec": before}, {**live, "spec": after}) is own
