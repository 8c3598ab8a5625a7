"""An S3-compatible store as its clients reach it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BUCKET = "models"
REGION = "eu-central-1"
REGISTRY = f"s3://{BUCKET}/registry"
"""The folder of the registry."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The key that requests are signed with."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store at `endpoint`, an https URL; `authority` is the PEM file that its certificate is verified with."""

    endpoint: str
    authority: Path
    credentials: Credentials

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables from which the registry, as every client of S3, takes its settings."""
        return {
            "REGISTRY_URL": REGISTRY,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_CA_BUNDLE": str(self.authority),
            # Newer tools read the first, and boto3 the second.
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            # By default boto3 sends checksums behind the content, in HTTP's own chunks, and the store then takes the
            # end of the last chunk for the next request.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
        }
