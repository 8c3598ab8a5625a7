"""Models that one rule speaks of, each by its label: of many, a rule costs Prometheus little more than of one.

Rules that a thousand models share would be too long for an object, and one evaluation too long for its interval: models
are dealt into parts, which do not depend on the order of models and keep most of them where they are when one is added.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, TypeVar

from components.model_service.args import ModelServiceArgs, ServedVersion
from components.model_service.runtimes import Series
from components.monitoring_stack.rules.rule import MODEL_LABEL
from components.monitoring_stack.rules.watched import Watched, labelled

Key = TypeVar("Key")

MOST_TOGETHER = 64
"""Models in a part, on average: with the longest names, its rules are less than the operator takes of an object."""
_OF_WORKLOAD = "(.+)-v[0-9]+"


@dataclass(frozen=True, kw_only=True)
class Together(Watched):
    """Models of a namespace of which a rule asks the same; ``args`` are those of any of them."""

    EACH_POD: ClassVar[str] = f"{MODEL_LABEL}, pod"
    models: Sequence[Watched]

    @classmethod
    def of(cls, models: Sequence[Watched]) -> Self:
        """At least one model."""
        return cls(args=models[0].args, namespace=models[0].namespace, models=models)

    @property
    def name(self) -> str:
        """The model that an alert is on, in its annotations."""
        return f"{{{{ $labels.{MODEL_LABEL} }}}}"

    @property
    def running(self) -> Sequence[ServedVersion]:
        """The versions of all that have pods."""
        return [served for model in self.models for served in model.running]

    def own(self, series: Series) -> str:
        """Series of their servers."""
        names = "|".join(model.name for model in self.models)
        matchers = (*series.matchers, f'namespace="{self.namespace}"', f'{MODEL_LABEL}=~"{names}"')
        return f"{series.name}{{{','.join(matchers)}}}"

    def rate(self, series: Series, window: str) -> str:
        """How much a counter of their servers grows per second, by model."""
        return self.by_model(f"rate({self.own(series)}[{window}])")

    def by_model(self, values: str) -> str:
        """The sum of each model."""
        return f"sum by ({MODEL_LABEL}) ({values})"

    def with_model(self, of_workloads: str) -> str:
        """What is said of workloads, with the label of their model."""
        return labelled(of_workloads, MODEL_LABEL, "$1", self.kind, _OF_WORKLOAD)


def alike(models: Iterable[Watched], by: Callable[[Watched], Key]) -> Iterator[tuple[Key, Together]]:
    """Those of equal ``by`` together."""
    found: dict[Key, list[Watched]] = {}
    for model in models:
        found.setdefault(by(model), []).append(model)
    yield from ((key, Together.of(same)) for key, same in found.items())


def by_kind(models: Iterable[Watched]) -> Iterator[tuple[str, Sequence[tuple[str, Together]]]]:
    """The models by the kind of their workloads, in each those of a team together.

    In a group of its own, no rule has the name and the labels of another: by these Prometheus knows, when expressions
    change, how long each has been true.
    """
    for kind, of_kind in alike(models, lambda model: model.kind):
        yield kind, [*alike(of_kind.models, team_of)]


def team_of(model: Watched) -> str:
    """Who is told of the model, unless it is the stack's team."""
    return model.args.model.team or ""


def parts_of(models: Sequence[ModelServiceArgs]) -> Mapping[int, Sequence[ModelServiceArgs]]:
    """The models by the number of their part; while a stack has no more than one part holds, that is 0."""
    count = 1
    # When there are too many for their parts, each is halved.
    while count * MOST_TOGETHER < len(models):
        count *= 2
    found: dict[int, list[ModelServiceArgs]] = {}
    for model in models:
        found.setdefault(zlib.crc32(model.model.name.encode()) % count, []).append(model)
    return dict(sorted(found.items()))
