"""The arguments of what keeps the logs of a cluster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import pulumi

from settings import DataClass, Images, Platform
from settings.cluster.logging_stack import Logging

LOGGING = "logs"
"""What the program calls the component, and so what the names of its objects begin with."""


@dataclass(frozen=True, kw_only=True)
class LoggingStackArgs:
    """``namespace`` is made by the component where ``makes_namespace`` says so, and exists already otherwise.

    ``models`` is the namespace whose containers may write predictions; pods of the namespace ``scraper`` read the
    collector's metrics. ``tools_image`` has Python. ``data_class`` is that of the most sensitive model.
    """

    namespace: pulumi.Input[str]
    makes_namespace: bool
    models: str
    logging: Logging
    tools_image: pulumi.Input[str]
    data_class: DataClass
    residency: str | None = None
    scraper: str | None = None
    pull_secrets: Sequence[str] = ()

    @classmethod
    def of(cls, platform: Platform, logging: Logging, images: Images[pulumi.Input[str]]) -> Self:
        """What keeps the logs of ``platform``."""
        found = [model.data for model in platform.models if model.data]
        data = max(found, key=lambda each: each.class_.strictness, default=None)
        return cls(
            namespace=logging.namespace,
            makes_namespace=logging.operator_present,
            models=platform.namespace,
            logging=logging,
            tools_image=images.fetcher,
            data_class=data.class_ if data else DataClass.INTERNAL,
            residency=data.residency if data else None,
            scraper=platform.monitoring.scraper_namespace if platform.monitoring else None,
            pull_secrets=images.pull_secrets,
        )

    def after(self, before: Callable[[pulumi.Input[str]], pulumi.Output[str]]) -> Self:
        """The same, once what ``before`` waits for is ready."""
        return replace(self, namespace=before(self.namespace))
