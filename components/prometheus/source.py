"""What the cluster has besides the models that the alerts and dashboards read series of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.gpu_software.manifests.agent import METRICS_PORT_NAME
from components.metadata import NODE_AGENT
from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.rules.releases import is_progressive
from components.monitoring_stack.rules.scaling import is_scaled_by_keda
from components.monitoring_stack.rules.watched import Watched
from settings import Monitoring, Platform, SoftwareSource
from settings.cluster.monitoring_installation import MonitoringInstallation


@dataclass(frozen=True, kw_only=True)
class Source:
    """Pods with ``labels`` in ``namespace`` that serve metrics below `/metrics` at the port called ``port``.

    Whatever scales or releases models also ``asks`` Prometheus.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    port: str
    asks: bool = False


def sources(
    platform: Platform, monitoring: Monitoring, installation: MonitoringInstallation, models: Sequence[ModelServiceArgs]
) -> Sequence[Source]:
    """Those that the stack needs: of the parts that it uses, and no others."""
    watched = [Watched(args=each, namespace=platform.namespace) for each in models]
    of = installation.sources
    found = [*_gpus(platform)]
    if any(map(is_scaled_by_keda, watched)):
        # keda/templates/manager/deployment.yaml in kedacore/charts, with prometheus.operator.enabled
        found.append(Source(name="keda", namespace=of.keda, labels={"app": "keda-operator"}, port="http", asks=True))
    if any(map(is_progressive, watched)):
        # charts/flagger/templates/deployment.yaml in fluxcd/flagger
        labels = {"app.kubernetes.io/name": "flagger"}
        found.append(Source(name="flagger", namespace=of.flagger, labels=labels, port="http", asks=True))
    if monitoring.cert_manager:
        # deploy/charts/cert-manager/templates/deployment.yaml in cert-manager/cert-manager
        labels = {"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller"}
        found.append(Source(name="cert-manager", namespace=of.cert_manager, labels=labels, port="http-metrics"))
    return found


def _gpus(platform: Platform) -> Iterator[Source]:
    software = platform.gpu_software
    if software is None:
        return
    if software.source is SoftwareSource.MANIFESTS:
        labels = {"app.kubernetes.io/component": NODE_AGENT}
    else:
        # assets/state-dcgm-exporter/0900_daemonset.yaml in NVIDIA/gpu-operator
        labels = {"app": "nvidia-dcgm-exporter"}
    yield Source(name="gpus", namespace=software.namespace, labels=labels, port=METRICS_PORT_NAME)
