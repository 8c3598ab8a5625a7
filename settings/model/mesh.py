"""What a model asks of the mesh: who may call it, and how its clients' proxies treat it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from settings.model.request_limits import RateLimit, rate_limit_issues
from settings.validation.issues import Issue
from settings.validation.section import Count, Flag, Section, WholeNumber
from settings.validation.words import listed
from settings.values.quantity import ByteQuantity, binary_quantity, quantity_bytes
from settings.values.text import DnsLabel

_LARGEST_BYTES = 2**32
Seconds = Annotated[WholeNumber, Field(ge=1, le=3600)]


class RetryCondition(StrEnum):
    """A failure after which a request is sent again, in Envoy's terms."""

    CONNECT_FAILURE = "connect-failure"
    REFUSED_STREAM = "refused-stream"
    RESET = "reset"
    GATEWAY_ERROR = "gateway-error"
    UNAVAILABLE = "unavailable"
    RESOURCE_EXHAUSTED = "resource-exhausted"


# No server has begun to work on the request. https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter
UNPROCESSED = (RetryCondition.CONNECT_FAILURE, RetryCondition.REFUSED_STREAM)


class Retries(Section):
    """How often, and after which failures, a caller's proxy sends a request again."""

    attempts: Annotated[WholeNumber, Field(ge=0, le=10)] = 2
    """Attempts in addition to the first one."""
    conditions: Annotated[tuple[RetryCondition, ...], Field(min_length=1)] = UNPROCESSED
    """Failures after which a request is sent again."""
    idempotent: Flag = False
    """Whether a request may be computed twice, as after every condition but `connect-failure` and `refused-stream`."""

    def issues(self) -> Iterator[Issue]:
        """Check that no request is computed twice that must not be."""
        unsafe = [condition for condition in self.conditions if condition not in UNPROCESSED]
        if unsafe and not self.idempotent:
            yield Issue(
                path=("conditions",),
                found=f"{listed(unsafe)}, after which a request may already have been computed",
                expected=f"idempotent: true, or only {listed(UNPROCESSED)}",
            )


class ConnectionPool(Section):
    """Limits of what the proxy of one caller sends to one version at the same time; the rest gets status 503."""

    max_connections: Count = 1024
    """TCP connections."""
    max_pending_requests: Count = 1024
    """Requests that wait for a connection."""
    max_requests: Count = 1024
    """Requests under way."""
    connect_timeout_seconds: Annotated[WholeNumber, Field(ge=1, le=60)] = 5
    """How long a connection may take to be made."""


class Outliers(Section):
    """When the proxy of a caller leaves out a pod that answers with errors."""

    consecutive_errors: Count = 5
    """Failed requests in a row (status 502, 503 or 504, or no answer) after which a pod is left out."""
    interval_seconds: Seconds = 10
    """How often pods are judged."""
    ejection_seconds: Seconds = 30
    """How long a pod is left out the first time; each further time is longer."""
    max_ejected_percent: Annotated[WholeNumber, Field(ge=1, le=100)] = 50
    """Share of the pods that may be left out together."""


class ModelMesh(Section):
    """The model in the stack's mesh."""

    callers: tuple[DnsLabel, ...] = ()
    """Names of the `mesh.callers` that may call the model. With exposure `gateway` or `ingress`, everyone whom that
    lets in may, unless a caller here has no namespace: then each request from there has to carry its token."""
    rate_limits: tuple[RateLimit, ...] = ()
    """How many requests callers may send; a caller without a limit here has none."""
    max_request_bytes: ByteQuantity | None = None
    """The largest body of a REST request; a larger one gets status 413. Each is kept in the memory of the pod's proxy
    until it is complete. No limit if not set, and none of gRPC calls, which may be streams."""
    timeout_seconds: Seconds | None = None
    """How long an answer may take; the mesh's default, which is no limit, if not set."""
    retries: Retries = Retries()
    """Requests that are sent again."""
    connection_pool: ConnectionPool = ConnectionPool()
    """Limits of each caller's proxy."""
    outliers: Outliers = Outliers()
    """Pods that are left out for a while."""
    prefer_near: Flag = False
    """Whether callers prefer pods in their own zone, and other zones only if those fail."""

    def issues(self) -> Iterator[Issue]:
        """Check that limits are of callers, and that nobody sends again at once what a limit has refused."""
        yield from (issue.below("rateLimits") for issue in rate_limit_issues(self.rate_limits, self.callers))
        if self.max_request_bytes and quantity_bytes(self.max_request_bytes) >= _LARGEST_BYTES:
            yield Issue(
                path=("maxRequestBytes",),
                found=self.max_request_bytes,
                expected=f"less than {binary_quantity(_LARGEST_BYTES)}, which is as far as proxies count",
            )
        if self.rate_limits and RetryCondition.RESOURCE_EXHAUSTED in self.retries.conditions:
            yield Issue(
                path=("retries", "conditions"),
                found="resource-exhausted, with rateLimits",
                expected="no resource-exhausted: that is the answer to whoever sends too much, and should send less",
            )
