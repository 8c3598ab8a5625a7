"""Where the certificate of a gateway comes from."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from settings.validation.issues import Issue
from settings.validation.repeated import repeated
from settings.validation.section import Section, WholeNumber, key_of
from settings.values.text import HOST_NAME, DnsSubdomain, matching, named_text

_ISSUED_HOURS = ("duration_hours", "renew_before_hours")
# What browsers accept at most: 398 days.
Hours = Annotated[WholeNumber, Field(ge=1, le=398 * 24)]
CertificateName = Annotated[
    str,
    matching(
        rf"(?:\*\.)?{HOST_NAME}",
        "a full DNS name, or *. and one, such as *.models.example.org",
        lambda text: text.strip().rstrip(".").lower(),
    ),
    named_text("DNS name or wildcard"),
]


class IssuerKind(StrEnum):
    """Where an issuer of cert-manager is: in the gateway's namespace, or for all."""

    ISSUER = "Issuer"
    CLUSTER_ISSUER = "ClusterIssuer"


class CertificateIssuer(Section):
    """An issuer of cert-manager that the platform team runs. One of ACME has to solve DNS challenges, as wildcards
    are issued by no others."""

    name: DnsSubdomain
    """Name of the issuer."""
    kind: IssuerKind = IssuerKind.CLUSTER_ISSUER
    """Kind of the issuer; an `Issuer` is in the gateway's namespace."""


class Certificate(Section):
    """The certificate that the gateway shows to clients: of an issuer of cert-manager, or a Secret that exists."""

    secret: DnsSubdomain | None = None
    """Secret of type `kubernetes.io/tls` in the gateway's namespace, which others make and renew."""
    issuer: CertificateIssuer | None = None
    """Issuer of cert-manager that the stack orders the certificate from, with a new key each time."""
    dns_names: tuple[CertificateName, ...] = ()
    """Names in the certificate. They default to `*.<hostname>`, and, with `issuer`, to the host names of models that
    this does not cover as well: a wildcard stands for one label only."""
    duration_hours: Hours = 90 * 24
    """How long a certificate is valid, with `issuer`."""
    renew_before_hours: Hours = 30 * 24
    """How long before its end it is renewed, with `issuer`."""

    def issues(self) -> Iterator[Issue]:
        """Check that there is one source, and that each key has an effect."""
        if self.secret is None and self.issuer is None:
            yield Issue(path=(), found="without a source", expected="issuer, or the secret that has the certificate")
        if self.secret is not None and self.issuer is not None:
            yield Issue(path=(), found="with secret and issuer", expected="one of them: which has the certificate?")
        for name, uses in repeated(self.dns_names):
            yield Issue(path=("dnsNames",), found=f"'{name}', {uses} times", expected="each name once")
        if self.issuer is None:
            for field in _ISSUED_HOURS:
                if field in self.model_fields_set:
                    key = key_of(field)
                    yield Issue(path=(key,), found="has no effect without issuer", expected=f"no {key}, or an issuer")
        elif self.renew_before_hours >= self.duration_hours:
            yield Issue(
                path=("renewBeforeHours",),
                found=f"{self.renew_before_hours}, with durationHours {self.duration_hours}",
                expected=f"less than {self.duration_hours}: a certificate would be renewed as soon as it is there",
            )
