"""The arguments of what watches the models of a stack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from components.model_service.args import ModelServiceArgs
from settings import Monitoring


@dataclass(frozen=True, kw_only=True)
class MonitoringStackArgs:
    """``models``, at least one, are served in ``namespace``, which exists already."""

    namespace: pulumi.Input[str]
    monitoring: Monitoring
    models: Sequence[ModelServiceArgs]

    @classmethod
    def of(cls, monitoring: Monitoring, models: Sequence[ModelServiceArgs]) -> Self:
        """What watches the models of one stack, which share a namespace."""
        return cls(namespace=models[0].namespace, monitoring=monitoring, models=models)
