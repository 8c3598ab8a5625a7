"""The object storage that holds the models."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from settings.cluster.storage_identity import StorageIdentity
from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section
from settings.values.text import Cidr, DnsLabel, HttpsEndpoint, Region


class ObjectStorage(Section):
    """S3-compatible storage, and how pods reach it."""

    endpoint: HttpsEndpoint | None = None
    """Address of the S3 API; AWS S3 in the region if not set."""
    region: Region = "us-east-1"
    """Region that requests are signed for."""
    credentials_secret: DnsLabel | None = None
    """Name of the existing Secret in the stack's namespace with the keys `accessKeyId` and `secretAccessKey`; required
    without `identity`."""
    identity: StorageIdentity | None = None
    """Role that pods take instead of keys."""
    ca_config_map: DnsLabel | None = None
    """Name of the existing ConfigMap in the namespace with the certificates of the endpoint's authority in the key
    `ca.crt`; the authorities that the image trusts if not set."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the storage; model pods cannot connect to anything else outside the cluster."""

    @property
    def port(self) -> int:
        """TCP port of the S3 API."""
        return (urlsplit(self.endpoint).port if self.endpoint else None) or 443

    @property
    def ports(self) -> tuple[int, ...]:
        """TCP ports that whoever reads the storage connects to."""
        return tuple(sorted({self.port, *([self.identity.port] if self.identity else [])}))

    def issues(self) -> Iterator[Issue]:
        """Check that there is one way to prove who asks."""
        if self.credentials_secret is None and self.identity is None:
            expected = "the name of a Secret with keys, or an identity"
            yield Issue(path=("credentialsSecret",), found=MISSING, expected=expected)
        if self.credentials_secret is not None and self.identity is not None:
            expected = "keys or an identity, not both"
            yield Issue(path=("identity",), found="set beside credentialsSecret", expected=expected)
