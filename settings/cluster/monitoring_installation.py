"""prometheus-operator and what it runs, where the stack installs them."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from settings.cluster.installation import Installation
from settings.cluster.remote_write import RemoteWrite
from settings.gpu.node_marks import LabelValue
from settings.validation.issues import Issue
from settings.validation.section import Count, Flag, Section, WholeNumber
from settings.validation.words import shown
from settings.values.quantity import ByteQuantity, Quantity
from settings.values.text import Cidr, DnsLabel, DnsSubdomain, ImageReference, matching, named_text

CHART = "kube-prometheus-stack"
OLDEST = (79, 0)
"""The oldest chart that gives Grafana no password that everybody knows. It is also known to have every value that it is
given, as Helm ignores what a chart does not know, and an operator that the objects are known to work with."""
OLDEST_PROMETHEUS = (2, 42)
"""The oldest Prometheus whose language has all that the alerts use."""
_VERSION_TAG = re.compile(r":(v?([0-9]+)\.([0-9]+)\.[0-9]+)@")

SeriesLabel = Annotated[
    str,
    # What the operator adds itself, and what alerts are told apart by.
    matching(
        r"(?!(?:prometheus|prometheus_replica|namespace|severity|team|alertname)$)[a-zA-Z][a-zA-Z0-9_]{0,62}",
        "a label such as cluster: letters, digits and '_', and none that alerts have already",
    ),
    named_text("label"),
]


def version_of(image: str) -> str | None:
    """The version that an image's tag is."""
    tag = _VERSION_TAG.search(image)
    return tag and tag[1]


class MonitoringImages(Section):
    """The images by digest, from their registries or from your copy of them."""

    operator: ImageReference
    """prometheus-operator, as new as the chart."""
    config_reloader: ImageReference
    """Its `prometheus-config-reloader`, of the same version."""
    prometheus: ImageReference
    """Prometheus; the tag is its version, for which the operator writes the configuration."""
    alertmanager: ImageReference
    """Alertmanager; the tag is its version as well."""
    kube_state_metrics: ImageReference
    """kube-state-metrics."""
    grafana: ImageReference
    """Grafana."""
    dashboards: ImageReference
    """What reads the dashboards for Grafana (`k8s-sidecar`)."""


class PrometheusServer(Section):
    """The pods of Prometheus."""

    replicas: Count = 2
    """Pods with the same series; at least two in prod."""
    cpu: Quantity = "1"
    """CPU cores that each requests."""
    memory: ByteQuantity = "4Gi"
    """Main memory that each requests and is limited to."""
    volume: ByteQuantity
    """Size of the volume of each; nine tenths of it are filled, and then the oldest series go first."""
    retention_days: Annotated[WholeNumber, Field(ge=2, le=3650)] = 35
    """Days that series are kept; the budgets of objectives are counted over 30."""
    external_labels: Mapping[SeriesLabel, LabelValue] = Field(default_factory=lambda: MappingProxyType({}))
    """Labels of everything that leaves this Prometheus, as alerts or by `remoteWrite`, such as the cluster's name."""
    remote_write: RemoteWrite | None = None
    """Where all series are sent to as well."""


class AlertmanagerServer(Section):
    """The pods of Alertmanager."""

    replicas: Count = 2
    """Pods that tell each other what was sent; at least two in prod."""
    cpu: Quantity = "100m"
    """CPU cores that each requests."""
    memory: ByteQuantity = "256Mi"
    """Main memory that each requests and is limited to."""
    cidrs: tuple[Cidr, ...] = ()
    """Networks of the receivers outside the cluster; alerts reach no other."""


class SourceNamespaces(Section):
    """Namespaces of the exporters that the cluster has, for those of them that the models need."""

    keda: DnsLabel = "keda"
    """KEDA's operator."""
    flagger: DnsLabel = "flagger-system"
    """Flagger."""
    cert_manager: DnsLabel = "cert-manager"
    """cert-manager."""


class MonitoringInstallation(Installation):
    """prometheus-operator, kube-state-metrics and Grafana from the chart `kube-prometheus-stack`, and a Prometheus and
    an Alertmanager of the stack's own, all in the namespace `scraperNamespace`, which the stack makes.

    One stack of a cluster installs it: the objects of the chart that belong to the whole cluster have one name. Its
    operator may read and change every Secret of the cluster, by the role that the chart gives it."""

    images: MonitoringImages
    """What runs."""
    storage_class: DnsSubdomain
    """StorageClass of the volumes of Prometheus and Alertmanager."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the nodes, whose kubelets are scraped, and of the API server. Network plug-ins that look before
    the address of a Service is replaced, such as that of EKS, need that of the Service `kubernetes` as well (`/32`);
    Cilium sees nodes in no network unless it runs with `policy-cidr-match-mode=nodes`."""
    prometheus: PrometheusServer
    """Prometheus."""
    alertmanager: AlertmanagerServer = AlertmanagerServer()
    """Alertmanager."""
    sources: SourceNamespaces = SourceNamespaces()
    """Where the exporters of others are."""
    protect: Flag = True
    """Whether Pulumi refuses to delete Prometheus and Alertmanager; removing them then takes a separate change."""

    def issues(self) -> Iterator[Issue]:
        """Check that the chart is recent enough and there, and that the versions of what runs are known."""
        yield from self.age_issues(
            OLDEST,
            "whose Grafana has a password that everybody knows",
            "a Prometheus that is already installed needs no installation here",
        )
        yield from self.chart_issues([CHART])
        yield from self._version_issues()

    def _version_issues(self) -> Iterator[Issue]:
        for name, image in (("prometheus", self.images.prometheus), ("alertmanager", self.images.alertmanager)):
            if version_of(image) is None:
                yield Issue(
                    path=("images", name),
                    found=f"{shown(image)}, whose tag is no version",
                    expected="a tag such as v3.5.0: the operator writes the configuration of that version",
                )
        stated = _VERSION_TAG.search(self.images.prometheus)
        if stated and (int(stated[2]), int(stated[3])) < OLDEST_PROMETHEUS:
            yield Issue(
                path=("images", "prometheus"),
                found=f"{shown(self.images.prometheus)}, which does not know all that the alerts use",
                expected="at least v{}.{}".format(*OLDEST_PROMETHEUS),
            )
