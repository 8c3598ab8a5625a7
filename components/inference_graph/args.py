"""The arguments of a graph of models."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import pulumi

from components.arguments import refuse_arguments
from components.inference_graph.document import GRAPH_FILE, graph_text
from components.metadata import configuration_digest
from components.model_service.args import ModelServiceArgs
from settings import Architecture, Issue, Monitoring, Platform
from settings.graph.graph import Graph


@dataclass(frozen=True, kw_only=True)
class InferenceGraphArgs:
    """The ``graph``, and its ``models`` as they are served in a ``namespace`` that exists already.

    ``image`` is built from ``model_images/router`` for nodes of the ``architectures``. Pods pull it with the existing
    ``pull_secrets``.

    Raises:
        SettingsError: the graph asks a model that is not among ``models``.
    """

    graph: Graph
    models: Sequence[ModelServiceArgs]
    namespace: pulumi.Input[str]
    image: pulumi.Input[str]
    architectures: Sequence[Architecture] = (Architecture.AMD64,)
    monitoring: Monitoring | None = None
    priority_class_name: pulumi.Input[str] | None = None
    pull_secrets: Sequence[str] = ()

    @classmethod
    def of(
        cls, graph: Graph, platform: Platform, services: Sequence[ModelServiceArgs], image: pulumi.Input[str]
    ) -> Self:
        """A graph of ``platform``, whose models are served as ``services`` say."""
        own = platform.images
        return cls(
            graph=graph,
            models=[served for served in services if served.model.name in graph.models],
            namespace=services[0].namespace,
            image=image,
            architectures=own.architectures if own else (Architecture.AMD64,),
            monitoring=platform.monitoring,
            priority_class_name=services[0].priority_class_name,
            pull_secrets=own.pull_secrets if own else (),
        )

    def __post_init__(self) -> None:
        there = {served.model.name for served in self.models}
        missing = [name for name in self.graph.models if name not in there]
        refuse_arguments(
            type(self),
            [
                Issue(path=("models",), found=f"none is called '{name}'", expected="all models of the graph")
                for name in missing
            ],
        )

    @cached_property
    def files(self) -> dict[str, str]:
        """What the router reads, by file name."""
        return {GRAPH_FILE: graph_text(self.graph, self.models)}

    @property
    def digest(self) -> str:
        """Changes with what the router reads, which it does once."""
        return configuration_digest(self.files)
