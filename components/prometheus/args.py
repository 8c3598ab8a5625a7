"""The arguments of the Prometheus and the Alertmanager that the stack installs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import pulumi

from components.model_service.args import ModelServiceArgs
from components.prometheus.source import Source, sources
from settings import Monitoring, Platform
from settings.cluster.monitoring_installation import MonitoringInstallation


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """``namespace``, which exists already and has the operator, is where they run; ``models`` the namespace that they
    watch. ``sources`` are scraped besides it, and the mesh whose control plane is in ``control_plane``; pods of the
    namespaces ``readers`` ask Prometheus. ``pull_secrets`` are Secrets of ``namespace``, made once it exists.
    """

    namespace: pulumi.Input[str]
    models: pulumi.Input[str]
    monitoring: Monitoring
    installation: MonitoringInstallation
    sources: Sequence[Source] = ()
    control_plane: str | None = None
    readers: Sequence[str] = ()
    pull_secrets: Sequence[str] = ()

    @classmethod
    def of(
        cls,
        platform: Platform,
        monitoring: Monitoring,
        installation: MonitoringInstallation,
        services: Sequence[ModelServiceArgs],
    ) -> Self:
        """What watches ``platform``, which serves ``services``."""
        found = sources(platform, monitoring, installation, services)
        asking = [each.namespace for each in found if each.asks]
        adapter = platform.autoscaling and platform.autoscaling.adapter_namespace
        return cls(
            namespace=monitoring.scraper_namespace,
            models=platform.namespace,
            monitoring=monitoring,
            installation=installation,
            sources=found,
            control_plane=platform.mesh.control_plane_namespace if platform.mesh.is_on else None,
            pull_secrets=platform.images.pull_secrets if platform.images else (),
            readers=[*dict.fromkeys([*asking, *([adapter] if adapter else [])])],
        )

    def after(self, before: Callable[[pulumi.Input[str]], pulumi.Output[str]]) -> Self:
        """The same, once what ``before`` waits for is ready."""
        return replace(self, namespace=before(self.namespace), models=before(self.models))

    @property
    def scraped_namespaces(self) -> Sequence[str]:
        """The namespaces of what is scraped besides the models and its own pods."""
        others = [each.namespace for each in self.sources] + ([self.control_plane] if self.control_plane else [])
        return [*dict.fromkeys(others)]
