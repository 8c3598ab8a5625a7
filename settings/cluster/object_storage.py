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
    private_authority: bool = False
    """The storage has a certificate of an authority that the images do not trust. Every `credentialsSecret` then also
    has that authority's certificate, in PEM, as `ca.crt`."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the storage; model pods cannot connect to anything else outside the cluster."""

    @property
    def port(self) -> int:
        """TCP port of the S3 API."""
        return (urlsplit(self.endpoint).port if self.endpoint else None) or 443
