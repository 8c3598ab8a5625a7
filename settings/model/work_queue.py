"""Work that waits for a model."""

from settings.validation.section import Count, Section
from settings.values.promql import Promql


class WorkQueue(Section):
    """A queue whose length Prometheus knows, whatever the queue is made of."""

    query: Promql
    """How much waits; of several series the sum is taken."""
    length_per_pod: Count
    """How much may wait for each pod."""
