"""No component lets a resource that holds data be deleted by a slip: all of them are looked at."""

import pulumi
import pytest

from components import ModelNamespace, ModelNamespaceArgs, ModelService
from inferencectl.program.recording import Resource, record
from settings import Volume, WhenDeleted
from tests.components.examples import EXAMPLES, Construct, every_example
from tests.components.models import MODELS, model, service_args
from tests.components.test_order import QUOTA

# A definition takes every custom resource of its kind with it, a namespace everything in it.
_HOLD_DATA = frozenset(
    {"Alertmanager", "CustomResourceDefinition", "PersistentVolume", "PersistentVolumeClaim", "Prometheus"}
)


def holding_data(construct: Construct) -> list[Resource]:
    recording = record(lambda: construct("one", "models", None) and None, project="inference", stack="test")
    return [
        resource
        for resource in recording.resources
        if resource.inputs.get("kind") in _HOLD_DATA or "volumeClaimTemplates" in (resource.inputs.get("spec") or {})
    ]


def test_some_examples_hold_data() -> None:
    assert sum(len(holding_data(construct)) for construct in EXAMPLES.values()) >= 1


@every_example
def test_what_holds_data_is_kept_and_never_replaced(construct: Construct) -> None:
    for resource in holding_data(construct):
        assert resource.protect or resource.retain_on_delete, resource.urn
        assert resource.delete_before_replace is False, resource.urn


@pytest.mark.parametrize(
    ("volume", "kept"),
    [
        (Volume(capacity="1Gi"), (True, True)),
        (Volume(capacity="1Gi", protect=False), (False, True)),
        (Volume(capacity="1Gi", protect=False, when_deleted=WhenDeleted.DELETE), (False, False)),
    ],
    ids=["by default", "not protected", "to be deleted"],
)
def test_a_volume_goes_only_if_the_settings_say_so_twice(volume: Volume, kept: tuple[bool, bool]) -> None:
    def program() -> None:
        ModelService("mnist", service_args(model(**{**MODELS["volume"], "volume": volume})), pulumi.ResourceOptions())

    resources = record(program, project="inference", stack="test").resources
    (claim,) = (each for each in resources if each.inputs.get("kind") == "PersistentVolumeClaim")
    assert (claim.protect, claim.retain_on_delete) == kept
    assert claim.delete_before_replace is False


@pytest.mark.parametrize("retain", [True, False])
def test_a_namespace_stays_with_the_volumes_in_it(retain: bool) -> None:
    def program() -> None:
        ModelNamespace("models", ModelNamespaceArgs(namespace="models", quota=QUOTA, retain=retain))

    resources = record(program, project="inference", stack="test").resources
    (namespace,) = (each for each in resources if each.inputs.get("kind") == "Namespace")
    assert namespace.retain_on_delete is retain
