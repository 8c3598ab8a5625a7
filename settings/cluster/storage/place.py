"""What all kinds of object storage have in common."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section
from settings.values.metadata import SelectedLabels
from settings.values.text import Cidr, DnsLabel, HttpsEndpoint

Port = Annotated[int, Field(strict=True, ge=1, le=65_535)]


class StoragePods(Section):
    """Pods of the cluster that storage is served by, as network policies find them."""

    namespace: DnsLabel
    """Their namespace."""
    labels: Annotated[SelectedLabels, Field(min_length=1)]
    """Labels that all of them have."""
    port: Port | None = None
    """Port that they listen at; that of the endpoint if not set, which is the port of their Service."""


class StoragePlace(Section):
    """Where something is that whoever copies a model's files talks to."""

    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the storage; model pods cannot connect to anything else outside the cluster."""

    @property
    def port(self) -> int:
        """TCP port that it is spoken to at."""
        return 443

    @property
    def serving_pods(self) -> StoragePods | None:
        """Pods of the cluster that it consists of."""
        return None

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


class OwnPlace(StoragePlace):
    """A place that may be in the cluster, and whose certificates a private authority may have signed."""

    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)] = ()
    """Networks of the storage, required without `pods`; model pods cannot connect to anything else outside the
    cluster."""
    pods: StoragePods | None = None
    """Pods that serve it, if it is in the cluster: not every network plug-in knows those by their networks."""
    ca_config_map: DnsLabel | None = None
    """Name of the existing ConfigMap in the namespace with the certificates of the endpoint's authority in the key
    `ca.crt`; the authorities that the image trusts if not set."""

    @property
    def serving_pods(self) -> StoragePods | None:
        """See `StoragePlace`."""
        return self.pods

    def issues(self) -> Iterator[Issue]:
        """Check that it can be reached at all."""
        if not self.cidrs and self.pods is None:
            expected = "networks of the storage, or pods if it is in the cluster"
            yield Issue(path=("cidrs",), found=MISSING, expected=expected)


class PrivateStorage(OwnPlace, StorageEndpoint):
    """Storage of a cloud, or a server of one's own with the same API."""

    def issues(self) -> Iterator[Issue]:
        """Check that pods are asked if there are any."""
        yield from super().issues()
        if self.pods is not None and self.endpoint is None:
            expected = "the address of the pods' Service, as storage without endpoint is the cloud's"
            yield Issue(path=("endpoint",), found=MISSING, expected=expected)


class TokenService(StorageEndpoint):
    """Who gives a pod the right to read storage, for the token of its ServiceAccount.

    The token is good for an hour and for one audience, and only the container that copies the files has it.
    """

    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the token service, which whoever copies the files may connect to."""
