"""Where a registry may be."""

import pytest

from registry.bucket_url import bucket_and_prefix
from registry.errors import BAD_INPUT, RegistryError


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("s3://models", ("models", "")),
        ("s3://models/", ("models", "")),
        ("s3://models/production/", ("models", "production/")),
        ("s3://models/a/b", ("models", "a/b/")),
    ],
)
def test_a_bucket_and_what_keys_begin_with(url: str, found: tuple[str, str]) -> None:
    assert bucket_and_prefix(url) == found


@pytest.mark.parametrize("scheme", ["gs", "azblob", "https", "http", "claim"])
def test_storage_that_pods_only_read_is_refused_by_its_name(scheme: str) -> None:
    said = f"published to s3:// and not to {scheme}://, which pods only read; use S3, or"
    with pytest.raises(RegistryError, match=said) as it:
        bucket_and_prefix(f"{scheme}://models/production")
    assert it.value.exit_code == BAD_INPUT


@pytest.mark.parametrize("url", ["models/production", "s3:/models", "ftp://models/production", "s3://M/x", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RegistryError, match="is not of the form s3://bucket/prefix; correct the URL"):
        bucket_and_prefix(url)
