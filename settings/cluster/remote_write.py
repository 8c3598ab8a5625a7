"""Where Prometheus sends its series to."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from settings.validation.section import Section, WholeNumber
from settings.values.text import Cidr, DnsLabel, matching, named_text

WriteEndpoint = Annotated[
    str,
    matching(
        r"https://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
        r"(?::[0-9]{1,5})?(?:/[A-Za-z0-9_.-]+)*",
        "an https URL without credentials and query, such as https://metrics.example/api/v1/write",
        lambda text: text.strip().rstrip("/"),
    ),
    named_text("https URL"),
]


class RemoteWrite(Section):
    """A store that takes series by Prometheus' protocol for it."""

    url: WriteEndpoint
    """Address of its API."""
    credentials_secret: DnsLabel
    """Name of the existing Secret in the namespace of Prometheus with the keys `username` and `password`."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the store."""
    connections: Annotated[WholeNumber, Field(ge=1, le=200)] = 10
    """Most requests at once; each holds at most 10,000 samples in memory while the store is slow."""

    @property
    def port(self) -> int:
        """TCP port of the API."""
        return urlsplit(self.url).port or 443
