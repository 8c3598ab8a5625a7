"""Which requests the proxies of Istio log."""

from enum import StrEnum

from settings.validation.section import Section
from settings.values.text import DnsSubdomain


class LoggedRequests(StrEnum):
    """Which requests have a line in the log."""

    ALL = "all"
    ERRORS = "errors"


class AccessLogs(Section):
    """A line of the proxies' log for each request, in the format of the provider."""

    provider: DnsSubdomain = "envoy"
    """Provider of Istio that writes the lines: the built-in `envoy`, or one of its `extensionProviders`, by name."""
    requests: LoggedRequests = LoggedRequests.ALL
    """`errors` leaves out requests that were answered well: those with a status below 400, and calls over gRPC with
    status 0."""
