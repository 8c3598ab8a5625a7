"""A web server."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from settings.cluster.storage.place import OwnPlace
from settings.validation.issues import Issue
from settings.validation.section import Flag
from settings.values.text import DnsLabel, Region, WebEndpoint

_IN_CLUSTER = r"[a-z0-9-]+\.[a-z0-9-]+\.svc(\.[a-z0-9.-]+)?"


class WebAuthentication(StrEnum):
    """How whoever asks proves who it is."""

    BEARER = "bearer"
    BASIC = "basic"


class WebStorage(OwnPlace):
    """A web server, which needs no listing of its files: the `SHA256SUMS` of a version has their names.

    It answers HEAD with the size of a file, and GET with a part of it. What it redirects elsewhere is fetched without
    credentials.
    """

    type: Literal["https"]
    """Kind of the storage, which is the scheme of its addresses."""
    endpoint: WebEndpoint
    """Address of the server, with which the addresses of the versions begin."""
    region: Region
    """Region of the server, where the models' data is."""
    credentials_secret: DnsLabel | None = None
    """Name of the existing Secret in the stack's namespace: with the key `token`, or `username` and `password`; the
    server is asked without credentials if not set."""
    authentication: WebAuthentication = WebAuthentication.BEARER
    """`bearer` sends the token of that Secret, `basic` its user name and password."""
    plaintext: Flag = False
    """Allows an endpoint `http://SERVICE.NAMESPACE.svc` of `pods`: files are verified all the same, but whoever sees
    the cluster's traffic can read them."""

    @property
    def port(self) -> int:
        """TCP port of the server."""
        return urlsplit(self.endpoint).port or (80 if self.is_plain else 443)

    @property
    def is_plain(self) -> bool:
        """Whether it does not encrypt."""
        return self.endpoint.startswith("http://")

    def issues(self) -> Iterator[Issue]:
        """Check that nothing is readable by others without the stack saying so, and credentials never are."""
        yield from super().issues()
        if self.authentication is WebAuthentication.BASIC and self.credentials_secret is None:
            expected = "no authentication, or credentialsSecret with the Secret that has a user name and a password"
            yield Issue(path=("authentication",), found="has no effect without credentialsSecret", expected=expected)
        if not self.is_plain and self.plaintext:
            yield Issue(
                path=("plaintext",),
                found=f"has no effect, as the endpoint is {self.endpoint}",
                expected="no plaintext",
            )
        if self.is_plain:
            yield from self._issues_of_plaintext()

    def _issues_of_plaintext(self) -> Iterator[Issue]:
        found = repr(self.endpoint)
        if not self.plaintext:
            expected = "an https endpoint, as everyone on the way can read what is sent by http"
            hint = "for a server inside the cluster, set plaintext: true"
            yield Issue(path=("endpoint",), found=found, expected=expected, hint=hint)
        elif self.pods is None or self.cidrs or not re.fullmatch(_IN_CLUSTER, urlsplit(self.endpoint).hostname or ""):
            yield Issue(
                path=("endpoint",),
                found=found,
                expected="an https endpoint, or http://SERVICE.NAMESPACE.svc with pods and without cidrs",
                hint="http is for servers inside the cluster alone",
            )
        if self.credentials_secret is not None:
            yield Issue(
                path=("credentialsSecret",),
                found=f"set beside the endpoint {self.endpoint}",
                expected="an https endpoint, or no credentials, which everyone on the way could read",
            )
