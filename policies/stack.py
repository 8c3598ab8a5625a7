"""All resources of a stack, indexed once, so that rules that relate them stay linear."""

from collections import defaultdict
from collections.abc import Collection, Container, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from configuration import Configuration
from kinds import Kind
from label_selectors import LabelIndex, labels_of
from node import Node, NotYetKnownError, UnreadableError
from operators import RELEASE, may_make_pods
from subject import Resource
from workloads import Pod

DEFAULT_NAMESPACE = "default"
_AUTOSCALERS = {"autoscaling/HorizontalPodAutoscaler": "minReplicas", "keda.sh/ScaledObject": "minReplicaCount"}


@dataclass(frozen=True, eq=False)
class Workload:
    """A pod template in a namespace, and the object that holds it."""

    resource: Resource
    pod: Pod
    namespace: str
    labels: dict[str, str]

    @cached_property
    def is_model_server(self) -> bool:
        """Whether its pods serve a model."""
        return self.pod.is_model_server()


class Stack:
    """The resources of one stack, in the order of their registration. Building it never raises.

    ``workloads`` are those whose namespace and labels can be read. ``not_yet_known`` are the kinds of which an object
    cannot be read before it exists: a rule that misses an object reports that it cannot know yet, if the object may
    be among them.
    """

    def __init__(self, resources: Iterable[Resource], configuration: Configuration) -> None:
        self.configuration = configuration
        self.resources = tuple(resources)
        self.itself = Resource(kind=Kind("pulumi", "Stack"), properties=Node({}), configuration=configuration)
        self.workloads: list[Workload] = []
        self.not_yet_known: set[str] = set()
        self.pods: LabelIndex[Workload] = LabelIndex()
        self._owners: dict[str, list[Resource]] = defaultdict(list)
        self._by_kind: dict[str, list[Resource]] = defaultdict(list)
        self._by_reference: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self._add(resource)

    def of(self, *kinds: str) -> list[Resource]:
        """The resources of ``kinds`` (``group/Kind``)."""
        return [resource for kind in kinds for resource in self._by_kind.get(kind, ())]

    def groups(self) -> set[str]:
        """The API groups that the stack's resources are of."""
        return {kind.partition("/")[0] for kind in self._by_kind}

    def of_groups(self, groups: Container[str]) -> list[Resource]:
        """The resources whose API group is one of ``groups``."""
        return self.of(*(kind for kind in self._by_kind if kind.partition("/")[0] in groups))

    def referenced(self, reference: str) -> list[Resource]:
        """The resources that ``Kind/namespace/name`` names."""
        return self._by_reference.get(reference, [])

    @contextmanager
    def reading(self, kind: str) -> Generator[None, None, None]:
        """Read an object of ``kind``: a malformed one achieves nothing, and one that is not known yet may."""
        try:
            yield
        except NotYetKnownError:
            self.not_yet_known.add(kind)
        except UnreadableError:
            pass

    @cached_property
    def namespaces(self) -> dict[str, Resource]:
        """The Namespace objects by name."""
        named: dict[str, Resource] = {}
        for resource in self.of("core/Namespace"):
            if resource.reference is not None:
                named[resource.reference.removeprefix("Namespace/")] = resource
        return named

    @cached_property
    def model_servers(self) -> list[Workload]:
        """The workloads that serve models."""
        return [workload for workload in self.workloads if workload.is_model_server]

    @cached_property
    def autoscalers(self) -> dict[str, list[tuple[Resource, Node]]]:
        """Reference of the scaled object to its autoscalers, each with its least number of replicas."""
        found: dict[str, list[tuple[Resource, Node]]] = defaultdict(list)
        for kind, least in _AUTOSCALERS.items():
            for resource in self.of(kind):
                with self.reading(kind):
                    found[scaled_by(resource)].append((resource, resource.properties.get("spec").get(least)))
        return found

    def least_replicas(self, workload: Workload) -> float:
        """How many replicas there are at the quietest time; raises UnreadableError."""
        for _, least in self.autoscalers.get(workload.resource.reference or "", ()):
            return 1 if least.number() is None else least.number() or 0
        replicas = workload.resource.properties.get("spec").get("replicas").number()
        return 1 if replicas is None else replicas

    def is_for_others(self, namespace: str, names: Collection[str]) -> bool:
        """Whether what goes by ``names`` in ``namespace`` may be made by an operator, or by a chart."""
        for owner in self._owners.get(namespace, ()):
            name = owner.metadata.get("name").text() or ""
            if owner.kind == RELEASE or name in names or any(each.startswith(f"{name}-") for each in names if name):
                return True
        return False

    def _add(self, resource: Resource) -> None:
        self._by_kind[resource.kind_name].append(resource)
        if resource.reference is None:
            self.not_yet_known.add(resource.kind_name)
        else:
            self._by_reference[resource.reference].append(resource)
        if may_make_pods(resource.kind):
            with self.reading(resource.kind_name):
                self._owners[_installed_in(resource)].append(resource)
        for pod in resource.pods:
            # Of a partial one the operator decides the labels.
            if pod.is_partial:
                continue
            with self.reading(resource.kind_name):
                workload = Workload(resource, pod, namespace_of(resource), labels_of(pod.metadata.get("labels")))
                self.workloads.append(workload)
                self.pods.add(workload.namespace, workload.labels, workload)


def _installed_in(resource: Resource) -> str:
    """The namespace of what is made of an object; a Release says itself where that is."""
    own = resource.properties.get("namespace") if resource.kind == RELEASE else resource.metadata.get("namespace")
    return own.text() or namespace_of(resource)


def namespace_of(resource: Resource) -> str:
    """The namespace that the object lives in; raises UnreadableError."""
    return resource.metadata.get("namespace").text() or DEFAULT_NAMESPACE


def scaled_by(autoscaler: Resource) -> str:
    """The reference of what an autoscaler scales; raises UnreadableError."""
    target = autoscaler.properties.get("spec").get("scaleTargetRef")
    names = (namespace_of(autoscaler), target.get("name").text() or "")
    return "/".join([target.get("kind").text() or "Deployment", *names])
