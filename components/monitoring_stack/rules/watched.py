"""The series of one model, as PromQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from components.metadata import MODEL_SERVER
from components.model_service.args import ModelServiceArgs, ServedVersion
from components.model_service.manifests.load_queries import pod_pattern
from components.model_service.manifests.metrics import failed_scrapes
from components.model_service.runtimes import LoadMetrics, Series
from components.monitoring_stack.rules.rule import MODEL_LABEL

# Three of the longest scrape intervals, and less than any alert lasts that a single scrape must not raise.
_LOST_WITHIN = "3m"
_IN_SERVER = f'container="{MODEL_SERVER}"'
_POD = "(.+)-v[0-9]+-[a-z0-9]+(-[a-z0-9]{5})?"
"""The names of all pods of any version of a model, as `pod_names` has those of one, and the model in them."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A model in a namespace, and how its series are selected: those of its servers, its pods, its workloads."""

    EACH_POD: ClassVar[str] = "pod"
    """The labels by which a rule tells pods apart."""
    args: ModelServiceArgs
    namespace: str

    @property
    def name(self) -> str:
        """The model's name."""
        return self.args.model.name

    @property
    def running(self) -> Sequence[ServedVersion]:
        """The versions that have pods."""
        return [served for served in self.args.served if served.is_running]

    @property
    def counts(self) -> LoadMetrics:
        """What its servers count."""
        return self.args.served[0].server.load_metrics

    def own(self, series: Series) -> str:
        """Series of its servers, or what Prometheus and the recordings say of these."""
        matchers = (*series.matchers, f'namespace="{self.namespace}"', f'{MODEL_LABEL}="{self.name}"')
        return f"{series.name}{{{','.join(matchers)}}}"

    def rate(self, series: Series, window: str) -> str:
        """How much a counter of its servers grows per second, of all of them together."""
        return f"sum(rate({self.own(series)}[{window}]))"

    @property
    def up(self) -> str:
        """1 for each of its pods that the last scrape reached, 0 for the others."""
        return self.own(Series(name="up"))

    @property
    def answering(self) -> str:
        """1 for each of its pods whose server answered of late."""
        answering = f"max by ({self.EACH_POD}) ({self.up}) == 1"
        return f"(({answering}) unless {self._lost})" if self._lost else f"({answering})"

    @property
    def silent(self) -> str:
        """0 for each of its pods whose server did not answer."""
        silent = f"max by ({self.EACH_POD}) ({self.up}) == 0"
        return f"({silent}) or 0 * {self._lost}" if self._lost else silent

    @property
    def _lost(self) -> str:
        """In a mesh, the pods whose agent answered without the server, which `up` does not tell."""
        lost = failed_scrapes(self.args.served[0])
        return f"(sum by ({self.EACH_POD}) (increase({self.own(lost)}[{_LOST_WITHIN}])) > 0)" if lost else ""

    def of_containers(self, name: str, *matchers: str) -> str:
        """Series of its servers' containers, as the kubelet and kube-state-metrics have them."""
        return self.of_namespace(name, *matchers, self._on_pods, _IN_SERVER)

    def of_all_containers(self, name: str, *matchers: str) -> str:
        """The same of all models of its namespace."""
        return self.of_namespace(name, *matchers, _IN_SERVER)

    def of_pods(self, name: str, *matchers: str) -> str:
        """Series of its pods, as kube-state-metrics has them."""
        return self.of_namespace(name, *matchers, self._on_pods)

    def of_namespace(self, name: str, *matchers: str) -> str:
        """Series of its namespace, of an exporter whose labels Prometheus honours."""
        own = f'namespace="{self.namespace}"'
        return f"{name}{{{','.join((own, *matchers))}}}"

    def of_others(self, name: str, *matchers: str, pods: bool = False, within: str = "{}") -> str:
        """Series of its namespace, or of its pods, of an exporter whose labels Prometheus may have renamed."""
        own = f'namespace="{self.namespace}"'
        return renamed_or_not(name, [own, *([self._on_pods] if pods else [])], matchers, within=within)

    @property
    def pods(self) -> str:
        """A regular expression for the names of its pods."""
        return "|".join(pod_pattern(served) for served in self.running)

    @property
    def _on_pods(self) -> str:
        return f'pod=~"{self.pods}"'

    @property
    def workloads(self) -> str:
        """A regular expression for the names of its Deployments or StatefulSets."""
        return names_of(self.running)

    @property
    def imports(self) -> str:
        """A regular expression for the names of the Jobs that copy its versions' files."""
        return "|".join(f"{served.name}-import-[0-9a-f]+" for served in self.args.served)

    @property
    def kind(self) -> str:
        """The label of kube-state-metrics that names such a workload."""
        return "statefulset" if self.args.model.stateful else "deployment"

    def wanted(self, workloads: str) -> str:
        """The pods that each should have, by kube-state-metrics."""
        return self._of("kube_statefulset_replicas", "kube_deployment_spec_replicas", workloads)

    def available(self, workloads: str) -> str:
        """The pods that each has and that are ready, by kube-state-metrics."""
        name = "status_replicas_available"
        return self._of(f"kube_statefulset_{name}", f"kube_deployment_{name}", workloads)

    @property
    def kubernetes_is_seen(self) -> str:
        """A series of kube-state-metrics that is there as long as the namespace is."""
        return self.of_namespace("kube_namespace_created")

    def _of(self, stateful: str, stateless: str, workloads: str) -> str:
        name = stateful if self.args.model.stateful else stateless
        return self.of_namespace(name, f'{self.kind}=~"{workloads}"')


def names_of(versions: Sequence[ServedVersion]) -> str:
    """A regular expression for the names of the Deployments or StatefulSets of versions."""
    return "|".join(served.name for served in versions)


def renamed_or_not(name: str, own: Sequence[str], others: Sequence[str] = (), *, within: str = "{}") -> str:
    """Series by labels, ``own``, that Prometheus gives every target, and may have renamed those of the exporter.

    ``within`` is what is done with the series, such as ``increase({}[5m])``.
    """

    def having(prefix: str) -> str:
        return within.format(f"{name}{{{','.join((*(prefix + each for each in own), *others))}}}")

    return f"({having('exported_')} or {having('')})"


def with_model_of_pods(of_pods: str) -> str:
    """What is said of pods, with the label of their model."""
    return labelled(of_pods, MODEL_LABEL, "$1", "pod", _POD)


def labelled(series: str, label: str, value: str, by: str, pattern: str) -> str:
    """Series with a label more, where the label ``by`` fits a regular expression, whose groups ``value`` may name."""
    return f'label_replace({series}, "{label}", "{value}", "{by}", "{pattern}")'
