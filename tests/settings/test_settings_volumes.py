"""Volumes and the data on them: what models take over from their stack, and what prod demands."""

import runpy

import pytest

from settings import Data, DataClass, load
from tests.settings.settings_stack import DELETED, ROOT, edited, problems


def test_models_take_over_the_storage_class_and_the_data_of_their_stack() -> None:
    own = {"models.2.volume.storageClass": "fast", "models.1.data": {"class": "personal"}}
    mnist, iris, recommender = load("dev", edited(own)).models
    assert mnist.volume is None
    assert mnist.data == Data(class_=DataClass.INTERNAL, residency="eu-central-1")
    assert iris.data == Data(class_=DataClass.PERSONAL, residency="eu-central-1")
    assert (recommender.volume and recommender.volume.storage_class) == "fast"
    stack = {"data": {"class": "public", "residency": "eu-west-1"}, "models.2.data.residency": "eu-north-1"}
    (*_, other) = load("dev", edited({"models.2.data": {"class": "confidential"}, **stack})).models
    assert other.data == Data(class_=DataClass.CONFIDENTIAL, residency="eu-north-1")
    assert (other.volume and other.volume.storage_class) == "encrypted"


def test_outside_prod_silence_means_internal_data_and_the_clusters_own_class() -> None:
    platform = load("dev", edited({"volumes": DELETED, "data": DELETED, "storage.region": DELETED}))
    assert platform.models[2].data == Data(class_=DataClass.INTERNAL, residency="us-east-1")
    assert (platform.models[2].volume and platform.models[2].volume.storage_class) is None


@pytest.mark.parametrize(("environment", "protected"), [("dev", False), ("staging", False), ("prod", True)])
def test_volumes_are_protected_in_prod(environment: str, protected: bool) -> None:
    edits = {"environment": environment, "models.0.volume": {"capacity": "1Gi", "protect": not protected}}
    mnist, _, recommender = load("other", edited(edits)).models
    assert recommender.volume
    assert mnist.volume
    assert (recommender.volume.protect, mnist.volume.protect) == (protected, not protected)
    assert recommender.volume.is_retained is mnist.volume.is_retained is protected


def test_data_classes_are_those_that_the_policy_pack_knows() -> None:
    schema = runpy.run_path(str(ROOT / "policies" / "configuration_schema.py"))["SCHEMA"]
    assert [*DataClass] == schema["dataClasses"]["default"]


def test_prod_leaves_storage_class_and_data_class_to_no_default() -> None:
    both = {"volumes": DELETED, "data": DELETED}
    assert problems(both, "prod") == [
        line
        for path in (".models[3] (bert)", ".models[4] (recommender)")
        for line in (
            (
                f"{path}.volume.storageClass: missing; expected a StorageClass that encrypts, for which prod has no "
                "default; set volumes: {storageClass: ...} for all models"
            ),
            (
                f"{path}.data: missing; expected the class of the data on the volume (public, internal, confidential "
                "or personal), for which prod has no default; set data: {class: ...} for all models"
            ),
        )
    ]
    load("dev", edited(both))
