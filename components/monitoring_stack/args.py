"""The arguments of what watches the models of a stack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from components.model_service.args import ModelServiceArgs
from settings import Monitoring, Platform
from settings.graph.graph import Graph
from settings.running_cost import StackHours, stack_hours


@dataclass(frozen=True, kw_only=True)
class MonitoringStackArgs:
    """``models``, at least one, are served in ``namespace``, which exists already.

    ``hours`` is what an hour of them costs, for a dashboard; without it, there is none. ``collectors`` is the namespace
    of what collects the logs of the nodes, if anything does. ``graphs`` are those of them that answer together.
    """

    namespace: pulumi.Input[str]
    monitoring: Monitoring
    models: Sequence[ModelServiceArgs]
    hours: StackHours | None = None
    collectors: str | None = None
    graphs: Sequence[Graph] = ()

    @classmethod
    def of(cls, monitoring: Monitoring, models: Sequence[ModelServiceArgs], platform: Platform | None = None) -> Self:
        """What watches the models of one stack, which share a namespace; with ``platform``, it knows what they cost."""
        hours = stack_hours(platform) if platform else None
        collectors = platform.logging.namespace if platform and platform.logging else None
        return cls(
            namespace=models[0].namespace,
            monitoring=monitoring,
            models=models,
            hours=hours,
            collectors=collectors,
            graphs=platform.graphs if platform else (),
        )
