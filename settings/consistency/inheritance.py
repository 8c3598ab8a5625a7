"""What models inherit from their stack, and what prod has no default for."""

from collections.abc import Iterator

from pydantic import ValidationInfo

from settings.cluster.storage.storage import Storage
from settings.environment import Environment
from settings.model.data import Data, DataClass
from settings.model.model import Model
from settings.model.volume import Volume, Volumes
from settings.validation.issues import MISSING, Issue
from settings.validation.words import listed


def inheriting(models: tuple[Model, ...], stack: ValidationInfo) -> tuple[Model, ...]:
    """The models with the storage class and data of ``stack``, whose other fields have been validated before."""
    volumes, data = stack.data.get("volumes"), _data_of(stack)
    return tuple(
        model.model_copy(update={"volume": _volume(model.volume, volumes), "data": _data(model.data, data)})
        for model in models
    )


def undecided(model: Model) -> Iterator[Issue]:
    """What must be set for a model's volume in prod and is missing from both the model and its stack."""
    if model.volume and not model.volume.storage_class:
        yield Issue(
            path=("volume", "storageClass"),
            found=MISSING,
            expected="a StorageClass that encrypts, for which prod has no default",
            hint="set volumes: {storageClass: ...} for all models",
        )
    if model.volume and not model.data:
        yield Issue(
            path=("data",),
            found=MISSING,
            expected=f"the class of the data on the volume ({listed(DataClass)}), for which prod has no default",
            hint="set data: {class: ...} for all models",
        )


def _volume(own: Volume | None, stack: Volumes | None) -> Volume | None:
    if not own or own.storage_class or not stack:
        return own
    return own.model_copy(update={"storage_class": stack.storage_class})


def _data_of(stack: ValidationInfo) -> Data | None:
    """The stack's data in the region of its storage. Invalid fields are missing from ``stack``."""
    data: Data | None = stack.data.get("data")
    if data is None and stack.data.get("environment") is not Environment.PROD:
        data = Data(class_=DataClass.INTERNAL)
    storage: Storage | None = stack.data.get("storage")
    return _resident(data, storage.region) if data and storage else data


def _data(own: Data | None, stack: Data | None) -> Data | None:
    return _resident(own, stack.residency) if own and stack else own or stack


def _resident(data: Data, region: str | None) -> Data:
    return data.model_copy(update={"residency": data.residency or region})
