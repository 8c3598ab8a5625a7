"""The queue of a model's pending work."""

from settings.validation.section import Count, Section
from settings.values.promql import Promql


class WorkQueue(Section):
    """A queue of any kind whose length Prometheus measures."""

    query: Promql
    """PromQL for the length of the queue; several series are added up."""
    length_per_pod: Count
    """Target for the length of the queue per pod."""
