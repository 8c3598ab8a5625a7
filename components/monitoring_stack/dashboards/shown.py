"""The series of the models that a reader has chosen, as PromQL with Grafana's variables."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from components.model_service.args import ModelServiceArgs
from components.model_service.manifests.load_queries import pod_names
from components.model_service.runtimes import Series
from components.monitoring_stack.dashboards.panel import Query, Variable
from components.monitoring_stack.rules.rule import MODEL_LABEL, VERSION_LABEL
from components.monitoring_stack.rules.watched import Watched, labelled
from settings import Model

WINDOW = "$__rate_interval"
_NUMBER = "[0-9]+"

NAMESPACE = Variable(name="namespace", query=f'label_values(up{{{MODEL_LABEL}!=""}}, namespace)')
MODEL = Variable(name="model", query=f'label_values(up{{namespace="$namespace",{MODEL_LABEL}!=""}}, {MODEL_LABEL})')
VERSION = Variable(
    name="version",
    query=f'label_values(up{{namespace="$namespace",{MODEL_LABEL}="$model"}}, {VERSION_LABEL})',
    all_value=_NUMBER,
)


@dataclass(frozen=True, kw_only=True)
class Shown(Watched):
    """Models like one of the stack, of which its rules ask the same: of its runtime, stateful or not, meshed or not.

    ``line`` is the label that tells lines apart, ``chosen`` are the matchers of what the reader has chosen, and
    ``workload`` is a regular expression for the names of workloads whose group is the line.
    """

    namespace: str = "$namespace"
    line: str
    chosen: Sequence[str]
    workload: str
    lines: str

    @property
    def name(self) -> str:
        """The model, which is chosen."""
        return "$model"

    @property
    def legend(self) -> str:
        """What a line is called."""
        return f"{{{{{self.line}}}}}"

    def own(self, series: Series) -> str:
        """Series of their servers."""
        matchers = (*series.matchers, f'namespace="{self.namespace}"', *self.chosen)
        return f"{series.name}{{{','.join(matchers)}}}"

    def rate(self, series: Series, window: str) -> str:
        """How much a counter of their servers grows per second, by line."""
        return f"sum by ({self.line}) (rate({self.own(series)}[{window}]))"

    @property
    def pods(self) -> str:
        """A regular expression for the names of their pods."""
        return _pod_names(self.workload)

    @property
    def workloads(self) -> str:
        """A regular expression for the names of their Deployments or StatefulSets."""
        return self.workload

    @property
    def imports(self) -> str:
        """A regular expression for the names of the Jobs that copy their files."""
        return f"{self.workload}-import-[0-9a-f]+"

    def by_workload(self, series: str) -> str:
        """Series of kube-state-metrics on workloads, by line."""
        return self._by_name(series, self.kind, self.lines)

    def by_pod(self, series: str) -> str:
        """Series on pods, by line."""
        return self._by_name(series, "pod", _pod_names(self.lines))

    def _by_name(self, series: str, label: str, pattern: str) -> str:
        return f"sum by ({self.line}) ({labelled(series, self.line, '$1', label, pattern)})"


def pods_of(models: Sequence[str]) -> str:
    """A regular expression for the names of the pods of some models."""
    return _pod_names(f"({'|'.join(models)})-v{_NUMBER}")


def _pod_names(workloads: str) -> str:
    # The names of a StatefulSet's pods are among them.
    return pod_names(workloads, stateful=False)


def versions_of_model(args: ModelServiceArgs) -> Shown:
    """The chosen versions of the chosen model, a line for each."""
    return Shown(
        args=args,
        line=VERSION_LABEL,
        chosen=(f'{MODEL_LABEL}="$model"', f'{VERSION_LABEL}=~"$version"'),
        workload="$model-v$version",
        lines=f".+-v({_NUMBER})",
    )


def chosen_model(args: ModelServiceArgs) -> Shown:
    """The chosen model, all versions in one line."""
    chosen = (f'{MODEL_LABEL}="$model"',)
    workload = f"$model-v{_NUMBER}"
    return Shown(args=args, line=MODEL_LABEL, chosen=chosen, workload=workload, lines=f"(.+)-v{_NUMBER}")


def all_models(args: ModelServiceArgs) -> Shown:
    """All models of the chosen namespace, a line for each."""
    return Shown(
        args=args,
        line=MODEL_LABEL,
        chosen=(f'{MODEL_LABEL}!=""',),
        workload=f".+-v{_NUMBER}",
        lines=f"(.+)-v{_NUMBER}",
    )


def asked(models: Iterable[Shown], query: Callable[[Shown], str | None], legend: str = "") -> Sequence[Query]:
    """What different kinds of models are asked, each query once; a model has an answer to one of them."""
    found = {expr: legend or model.legend for model in models if (expr := query(model))}
    return [Query(expr=expr, legend=name) for expr, name in found.items()]


def promised(
    models: Iterable[Shown], value: Callable[[Model], float | None], name: str = "promised"
) -> Sequence[Query]:
    """What the settings say of some models, such as an objective: a query for each value."""
    of_value: dict[float, list[Shown]] = {}
    for model in models:
        if said := value(model.args.model):
            of_value.setdefault(said, []).append(model)
    return [
        Query(expr=f"0 * max by ({some[0].line}) ({_up(some)}) + {said:g}", legend=f"{name} {some[0].legend}")
        for said, some in of_value.items()
    ]


def _up(models: Sequence[Shown]) -> str:
    return models[0].own(Series(name="up", matchers=(named(models),)))


def named(models: Iterable[Shown]) -> str:
    """A matcher for the series of these of the stack's models alone."""
    return f'{MODEL_LABEL}=~"{"|".join(model.args.model.name for model in models)}"'
