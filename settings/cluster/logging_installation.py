"""The operator of Elasticsearch (ECK), where the stack installs it."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from settings.cluster.installation import Installation
from settings.validation.issues import Issue
from settings.validation.section import Count
from settings.values.text import Cidr, ImageReference

CHART = "eck-operator"
OLDEST = (3, 4)
"""The oldest chart that is known to have every value that it is given: Helm ignores what a chart does not know."""


class LoggingInstallation(Installation):
    """ECK from the chart `eck-operator`, in the namespace `operatorNamespace`, which the stack makes.

    One stack of a cluster installs it: its definitions belong to the whole cluster. It manages the namespace of the
    logs and no other, by rights that the chart gives it there."""

    image: ImageReference
    """The operator by digest; the tag is the chart's version."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the API server, which the operator asks. Network plug-ins that look before the address of a Service
    is replaced need that of the Service `kubernetes` as well (`/32`)."""
    replicas: Count = 1
    """Pods of the operator, of which one works; what it made runs on without it."""

    def issues(self) -> Iterator[Issue]:
        """Check that the chart is recent enough and there."""
        yield from self.age_issues(
            OLDEST,
            "whose values are not known to be those that the stack gives",
            "an operator that is already installed needs no installation here, and operatorPresent",
        )
        yield from self.chart_issues([CHART])
