"""What autoscaling on more than CPU and memory requires of the cluster."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section, WholeNumber
from settings.values.promql import MetricName
from settings.values.text import DnsLabel, MetricsEndpoint

SCRAPES_IN_WINDOW = 4
"""A rate over fewer scrapes is lost with the first one that fails."""

Interval = Annotated[WholeNumber, Field(ge=1, le=300)]


class Engine(StrEnum):
    """What passes the measured load to Kubernetes' autoscaler."""

    KEDA = "keda"
    PROMETHEUS_ADAPTER = "prometheus-adapter"


class Autoscaling(Section):
    """The Prometheus that measures the load and the engine that scales by it; the platform team runs both."""

    engine: Engine = Engine.KEDA
    """`keda` supports everything; `prometheus-adapter` has no queues, schedules, fallback or scaling to zero."""
    prometheus: MetricsEndpoint
    """Address of the Prometheus that scrapes each server once, with the labels `namespace` and `pod`."""
    scraper_namespace: DnsLabel
    """Namespace of the pods that scrape; they may reach the port of the servers' metrics."""
    scrape_interval_seconds: Interval = 15
    """Scrape interval of the servers; rates are computed over four intervals."""
    polling_seconds: Interval = 15
    """How often KEDA checks whether a model that was scaled to zero has work again."""
    adapter_namespace: DnsLabel | None = None
    """Namespace of prometheus-adapter, which gets the ConfigMap `metrics-adapter-rules`."""
    other_metrics: tuple[MetricName, ...] = ()
    """Names of metrics that this Prometheus has from elsewhere, such as from a queue, and that queries of the stack
    read; of other metrics, a query reads those of the stack's servers and exporters alone."""

    @property
    def window_seconds(self) -> int:
        """The window of rates, in seconds."""
        return SCRAPES_IN_WINDOW * self.scrape_interval_seconds

    def issues(self) -> Iterator[Issue]:
        """Check that the adapter's namespace is set if and only if there is an adapter."""
        if self.engine is Engine.PROMETHEUS_ADAPTER and self.adapter_namespace is None:
            yield Issue(
                path=("adapterNamespace",), found=MISSING, expected="the namespace that prometheus-adapter runs in"
            )
        if self.engine is Engine.KEDA and self.adapter_namespace is not None:
            yield Issue(
                path=("adapterNamespace",),
                found=f"'{self.adapter_namespace}' has no effect with engine keda",
                expected="no adapterNamespace, or engine prometheus-adapter",
            )
