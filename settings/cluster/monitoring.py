"""What watches the models: an operator of Prometheus that the cluster has, or that the stack installs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from settings.cluster.alerting.alerting import Alerting
from settings.cluster.dashboards import Dashboards
from settings.cluster.monitoring_installation import MonitoringInstallation
from settings.gpu.node_marks import LabelKey, LabelValue
from settings.validation.section import Count, Flag, Section, WholeNumber
from settings.values.text import DnsLabel, RunbookFolder


class Monitoring(Section):
    """How prometheus-operator finds the models and their alerts."""

    scraper_namespace: DnsLabel
    """Namespace of the pods of Prometheus; they may reach the port of the servers' metrics."""
    installation: MonitoringInstallation | None = None
    """What the stack installs in that namespace, which it makes; without it, the cluster has all that already."""
    labels: Mapping[LabelKey, LabelValue] = Field(default_factory=lambda: MappingProxyType({}))
    """Labels of the PodMonitors and PrometheusRules, as the selectors of the Prometheus object want them."""
    scrape_interval_seconds: Annotated[WholeNumber, Field(ge=5, le=60)] = 30
    """Scrape interval of the servers; the shortest rates of the alerts are taken over five minutes."""
    sample_limit: Count = 20_000
    """Samples of one scrape of one pod above which Prometheus refuses it, and the pod counts as not scraped."""
    team: DnsLabel = "platform"
    """Value of the label `team` of every alert on a model that has no team of its own, and on no model."""
    runbooks: RunbookFolder = "docs/runbooks"
    """Address or path of the folder with the runbooks, with which `runbook_url` of an alert begins."""
    cert_manager: Flag = False
    """Whether Prometheus also scrapes cert-manager, which knows when the models' certificates expire."""
    api_server: Flag = False
    """Whether Prometheus also scrapes the API server, which counts what is done to Secrets, pods and roles; one
    that the stack installs does not, as the stack makes nothing in the default namespace, no rights either."""
    dashboards: Dashboards | None = None
    """Dashboards of the models, for Grafana."""
    alerting: Alerting | None = None
    """Who is told of the alerts; by default that is said elsewhere."""
