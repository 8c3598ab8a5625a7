"""Where a registry is: in a bucket of S3, and in no other storage."""

import re

from registry.errors import RegistryError, bad_input

_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/[A-Za-z0-9_.=/-]*)?")
_READ_BY_PODS = ("gs", "azblob", "https", "http", "claim")
"""The schemes of a stack's other storage."""


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """The bucket of a registry, and what all of its keys begin with.

    Raises:
        RegistryError: the registry would be in other storage, or the URL is none.
    """
    match = _URL.fullmatch(url)
    if not match:
        raise _refusal(url)
    folder = (match[2] or "").strip("/")
    return match[1], f"{folder}/" if folder else ""


def _refusal(url: str) -> RegistryError:
    scheme = url.partition("://")[0]
    if scheme not in _READ_BY_PODS:
        return bad_input(f"registry {url!r} is not of the form s3://bucket/prefix", "correct the URL")
    return bad_input(
        f"registry {url!r}: a registry is published to s3:// and not to {scheme}://, which pods only read",
        "use S3, or copy the version there by hand: docs/bring-your-own.md, Publish to other storage than S3",
    )
