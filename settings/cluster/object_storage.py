"""The object storage that holds the models."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from settings.validation.section import Section
from settings.values.text import Cidr, DnsLabel, HttpsEndpoint, Region


class ObjectStorage(Section):
    """S3-compatible storage, and how pods reach it."""

    endpoint: HttpsEndpoint | None = None
    """Address of the S3 API; AWS S3 in the region if not set."""
    region: Region = "us-east-1"
    """Region that requests are signed for."""
    credentials_secret: DnsLabel
    """Name of the existing Secret in the stack's namespace with the keys `accessKeyId` and `secretAccessKey`."""
    ca_config_map: DnsLabel | None = None
    """Name of the existing ConfigMap in the namespace with the certificates of the endpoint's authority in the key
    `ca.crt`; the authorities that the image trusts if not set."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the storage; model pods cannot connect to anything else outside the cluster."""

    @property
    def port(self) -> int:
        """TCP port of the S3 API."""
        return (urlsplit(self.endpoint).port if self.endpoint else None) or 443
