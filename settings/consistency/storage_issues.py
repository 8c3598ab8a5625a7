"""Check that models are where the stack's storage is, and are read as it says."""

from collections.abc import Iterator

from settings.cluster.registry import Registry
from settings.cluster.storage.azblob import AzureStorage
from settings.cluster.storage.claim import ClaimStorage
from settings.cluster.storage.gs import GoogleStorage
from settings.cluster.storage.s3 import ObjectStorage
from settings.cluster.storage.storage import Storage, address_prefix
from settings.cluster.storage.web import WebStorage
from settings.model.model import Model
from settings.validation.issues import Issue


def storage_issues(storage: Storage, model: Model) -> Iterator[Issue]:
    """What of a model's storage is elsewhere, or has no effect; paths below the model."""
    prefix = address_prefix(storage)
    for index, version in enumerate(model.versions):
        if not version.storage.startswith(prefix):
            of = "of type " + storage.type if prefix == f"{storage.type}://" else f"at {prefix}"
            yield Issue(
                path=("versions", index, "storage"),
                found=repr(version.storage),
                expected=f"{prefix}…, as the stack's storage is {of}",
                hint="one stack has one storage; see storage.type",
            )
    if isinstance(storage, WebStorage):
        yield from _web_issues(storage, model)
    else:
        yield from _claim_issues(model) if isinstance(storage, ClaimStorage) else _identity_issues(storage, model)


def _claim_issues(model: Model) -> Iterator[Issue]:
    for key, value in (("credentialsSecret", model.credentials_secret), ("storageRole", model.storage_role)):
        if value is not None:
            expected = f"no {key}, as a claim is mounted and not asked"
            yield Issue(path=(key,), found="has no effect", expected=expected)


def _web_issues(storage: WebStorage, model: Model) -> Iterator[Issue]:
    if model.storage_role is not None:
        expected = f"no storageRole, as storage of type {storage.type} is read with a token or a password"
        yield Issue(path=("storageRole",), found="has no effect", expected=expected)
    if model.credentials_secret is not None and storage.credentials_secret is None:
        yield Issue(
            path=("credentialsSecret",),
            found="has no effect",
            expected="no credentialsSecret, as the stack's server is asked without credentials",
            hint="storage.credentialsSecret is for models without one of their own",
        )


def _identity_issues(storage: ObjectStorage | GoogleStorage | AzureStorage, model: Model) -> Iterator[Issue]:
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
    elif model.storage_role is not None and not storage.ROLE_FORM.fits(model.storage_role):
        yield Issue(
            path=("storageRole",),
            found=repr(model.storage_role),
            expected=f"{storage.ROLE_FORM.expected}, as the stack's storage is of type {storage.type}",
        )


def registry_issues(storage: Storage, registry: Registry | None) -> Iterator[Issue]:
    """Versions have names where they are in S3: the registry knows no other storage."""
    if registry is not None and not isinstance(storage, ObjectStorage):
        yield Issue(
            path=("registry",),
            found=f"set beside storage of type {storage.type}",
            expected="no registry: it resolves names to versions in S3 alone",
            hint="give each version by version, storage and sha256",
        )
