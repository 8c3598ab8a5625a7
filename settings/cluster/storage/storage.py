"""The kinds of object storage, of which a stack has one."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from settings.cluster.storage.azblob import AzureStorage
from settings.cluster.storage.claim import ClaimStorage
from settings.cluster.storage.gs import GoogleStorage
from settings.cluster.storage.s3 import ObjectStorage
from settings.cluster.storage.web import WebStorage
from settings.validation.issues import Issue, refuse_all
from settings.values.unvalidated import is_mapping

_S3 = "s3"
_OF_ONE_CLOUD = {
    "role": _S3,
    "provider": "gs",
    "serviceAccount": "gs",
    "clientId": "azblob",
    "tenantId": "azblob",
}
"""Keys of an identity, and the kind of storage that knows them."""
_KEYLESS = ("gs", "azblob")


def _told_apart(data: object) -> object:
    """The mapping of a stack file with its kind, which is S3 if it does not say so."""
    if not is_mapping(data):
        return data
    kind = data.get("type", _S3)
    refuse_all(tuple(_foreign(data, kind)))
    return {"type": kind, **data}


def _foreign(data: Mapping[str, object], kind: object) -> Iterator[Issue]:
    """What belongs to storage of another kind."""
    identity = data.get("identity")
    for key in identity if is_mapping(identity) and kind in _OF_ONE_CLOUD.values() else ():
        if (other := _OF_ONE_CLOUD.get(key, kind)) != kind:
            yield Issue(
                path=("identity", key),
                found=f"of another cloud than the storage, which is of type {kind}",
                expected=f"an identity with {_named(kind)}",
                hint=f"{key} belongs to storage with type: {other}",
            )
    if kind == "claim" and "namespace" in data:
        expected = "no namespace, as pods can mount claims of their own namespace alone"
        hint = "make a claim of the same volume in the stack's namespace"
        yield Issue(path=("namespace",), found="set", expected=expected, hint=hint)
    if kind in _KEYLESS and "credentialsSecret" in data:
        expected = f"an identity alone, as storage of type {kind} is read without keys"
        yield Issue(path=("credentialsSecret",), found="set", expected=expected)


def _named(kind: object) -> str:
    return " and ".join(key for key, of in _OF_ONE_CLOUD.items() if of == kind)


Storage = Annotated[
    ObjectStorage | GoogleStorage | AzureStorage | WebStorage | ClaimStorage,
    Field(discriminator="type"),
    BeforeValidator(_told_apart),
]
"""Object storage, told apart by `type`."""


def address_prefix(storage: ObjectStorage | GoogleStorage | AzureStorage | WebStorage | ClaimStorage) -> str:
    """What the addresses of all versions in the storage begin with."""
    if isinstance(storage, WebStorage):
        return f"{storage.endpoint}/"
    return f"{storage.type}://{storage.claim}/" if isinstance(storage, ClaimStorage) else f"{storage.type}://"
