"""The arguments of the rules for prometheus-adapter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from components.model_service.runtimes import LoadMetrics, server_of
from settings import Autoscaling, Platform


@dataclass(frozen=True, kw_only=True)
class MetricsAdapterRulesArgs:
    """The metrics of each runtime by its name, the adapter's namespace, and the window that rates are taken over."""

    namespace: str
    window_seconds: int
    load_metrics: Mapping[str, LoadMetrics]

    @classmethod
    def of(cls, platform: Platform, autoscaling: Autoscaling) -> Self:
        """The rules for the runtimes of a stack whose engine is prometheus-adapter."""
        servers = {
            model.runtime: server_of(model, model.versions[0], platform.resources_of(model), platform.devices_of(model))
            for model in platform.models
        }
        return cls(
            namespace=autoscaling.adapter_namespace or "",
            window_seconds=autoscaling.window_seconds,
            load_metrics={runtime: server.load_metrics for runtime, server in servers.items()},
        )
