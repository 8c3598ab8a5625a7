"""What all kinds of object storage have in common."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from settings.validation.section import Section
from settings.values.text import Cidr, DnsLabel, HttpsEndpoint


class StoragePlace(Section):
    """Where something is that whoever copies a model's files talks to."""

    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the storage; model pods cannot connect to anything else outside the cluster."""

    @property
    def port(self) -> int:
        """TCP port that it is spoken to at."""
        return 443

    @property
    def places(self) -> tuple["StoragePlace", ...]:
        """All that whoever reads it talks to: itself, and who gives out its credentials."""
        return (self,)

    @property
    def ports(self) -> tuple[int, ...]:
        """TCP ports that whoever reads it connects to."""
        return tuple(sorted({place.port for place in self.places}))


class StorageEndpoint(StoragePlace):
    """A place that can also be a server of one's own."""

    endpoint: HttpsEndpoint | None = None
    """Address of its API; the cloud's own, in the region of the storage, if not set."""

    @property
    def port(self) -> int:
        """TCP port of the API."""
        return (urlsplit(self.endpoint).port if self.endpoint else None) or 443


class PrivateStorage(StorageEndpoint):
    """Storage whose certificates a private authority may have signed."""

    ca_config_map: DnsLabel | None = None
    """Name of the existing ConfigMap in the namespace with the certificates of the endpoint's authority in the key
    `ca.crt`; the authorities that the image trusts if not set."""


class TokenService(StorageEndpoint):
    """Who gives a pod the right to read storage, for the token of its ServiceAccount.

    The token is good for an hour and for one audience, and only the container that copies the files has it.
    """

    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the token service, which whoever copies the files may connect to."""
