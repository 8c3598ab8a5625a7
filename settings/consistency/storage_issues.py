"""Check that a model proves to object storage who it is in the way of the stack."""

from collections.abc import Iterator

from settings.cluster.object_storage import ObjectStorage
from settings.model.model import Model
from settings.validation.issues import Issue


def storage_issues(storage: ObjectStorage, model: Model) -> Iterator[Issue]:
    """What of a model's access to object storage has no effect; paths below the model."""
    if storage.identity is not None and model.credentials_secret is not None:
        yield Issue(
            path=("credentialsSecret",),
            found="has no effect",
            expected="no credentialsSecret, as the stack reads its models by storage.identity",
            hint="a role of the model's own is storageRole",
        )
    if storage.identity is None and model.storage_role is not None:
        yield Issue(
            path=("storageRole",),
            found="has no effect without storage.identity",
            expected="no storageRole, or an identity in place of storage.credentialsSecret",
        )
