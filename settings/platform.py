"""The whole configuration of a stack."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.access import Access
from settings.admission import Admission
from settings.autoscaling import Autoscaling
from settings.autoscaling_findings import autoscaling_findings
from settings.capacity import quota_findings
from settings.cluster import Cluster
from settings.data import Data
from settings.devices import Devices
from settings.environment import Environment
from settings.findings import Finding
from settings.gateway import Gateway
from settings.gpu_pool import GpuPool
from settings.ingress import Ingress
from settings.inheritance import inheriting, undecided
from settings.model import Exposure, Model
from settings.node_software import NodeSoftware
from settings.object_storage import ObjectStorage
from settings.pools import devices_for, pool_findings, software_findings
from settings.quantity import binary_quantity
from settings.quota import Quota
from settings.registry import Registry
from settings.resource_class import BUILT_IN_CLASSES, ResourceClass
from settings.section import Section
from settings.text import DnsLabel, Namespace
from settings.volume import Volumes
from settings.words import did_you_mean, listed, shown

PROD_REPLICAS = 2
_ENTRANCE_KEYS = {Exposure.GATEWAY: "name, namespace, hostname", Exposure.INGRESS: "namespace, hostname"}


def _with_built_ins(classes: Mapping[str, ResourceClass]) -> Mapping[str, ResourceClass]:
    return MappingProxyType({**BUILT_IN_CLASSES, **classes})


class Platform(Section):
    """One environment of the serving platform: where it runs, what it may take, and the models it serves."""

    environment: Environment
    """Chooses the defaults; `prod` demands at least two replicas of everything."""
    cluster: Cluster
    """Cluster the stack is deployed to."""
    namespace: Namespace
    """Namespace that the stack creates and owns."""
    access: Access = Field(default_factory=Access)
    """Groups of people and what they may do in the namespace."""
    storage: ObjectStorage
    """Object storage that holds the models."""
    registry: Registry | None = None
    """Registry of the models, needed where versions are named."""
    gateway: Gateway | None = None
    """Gateway for models with the exposure `gateway`."""
    ingress: Ingress | None = None
    """Ingress controller for models with the exposure `ingress`."""
    autoscaling: Autoscaling | None = None
    """Prometheus and engine for models that scale by more than CPU and memory."""
    quota: Quota
    """Limits of the namespace."""
    admission: Admission = Admission()
    """Rules that the API server applies in the namespace."""
    volumes: Volumes | None = None
    """What holds for the volumes of all models."""
    data: Data | None = None
    """The kind of data that the models are: `internal` where nothing is said, except in prod."""
    resource_classes: Annotated[Mapping[DnsLabel, ResourceClass], AfterValidator(_with_built_ins)] = Field(
        default_factory=lambda: BUILT_IN_CLASSES
    )
    """Resource classes beside the built-in `small`, `medium`, `large` and `gpu`, or in place of them."""
    pools: tuple[GpuPool, ...] = ()
    """Pools of nodes with accelerators; without any, models with `gpus` run on any node that has some."""
    gpu_software: NodeSoftware | None = None
    """The vendors' software on the pools' nodes; needed where cards are shared."""
    models: Annotated[tuple[Model, ...], Field(min_length=1), AfterValidator(inheriting)]
    """Models that are served."""

    def resources_of(self, model: Model) -> ResourceClass:
        """The resource class that a model of this platform names."""
        return self.resource_classes[model.resources]

    def devices_of(self, model: Model) -> Devices | None:
        """The accelerators of a pod of a model of this platform, if it has any."""
        return devices_for(self.resources_of(model), self.pools)

    def hostname_of(self, model: Model) -> str | None:
        """Host name that a model of this platform is reached at from outside, if it is exposed by a host name."""
        entrance = self._entrance_of(model)
        return (model.hostname or f"{model.name}.{entrance.hostname}") if entrance else None

    def _entrance_of(self, model: Model) -> Gateway | Ingress | None:
        match model.exposure:
            case Exposure.GATEWAY:
                return self.gateway
            case Exposure.INGRESS:
                return self.ingress
            case _:
                return None

    def findings(self) -> Iterator[Finding]:
        """Names are unique, every reference has its target, and the models fit into the classes and the quota."""
        findings = self.admission.namespace_findings(self.namespace)
        yield from (finding.below("admission") for finding in findings)
        names = Counter(model.name for model in self.models)
        for index, model in enumerate(self.models):
            findings = self._model_findings(model, names[model.name])
            yield from (finding.below("models", index) for finding in findings)
        yield from software_findings(self.pools, self.gpu_software)
        yield from pool_findings(
            self.pools, [(model, self.resource_classes.get(model.resources)) for model in self.models]
        )
        if all(model.resources in self.resource_classes for model in self.models):
            taken = [(model, self.resources_of(model), self.devices_of(model)) for model in self.models]
            yield from quota_findings(self.quota, taken, self.pools)

    def _model_findings(self, model: Model, uses_of_name: int) -> Iterator[Finding]:
        if uses_of_name > 1:
            yield Finding(
                path=("name",),
                found=f"'{model.name}', {uses_of_name} times",
                expected="a different name for each model",
            )
        yield from self._resource_findings(model)
        yield from self._exposure_findings(model)
        yield from (
            finding.below("scaling")
            for finding in autoscaling_findings(self.autoscaling, model, self.resource_classes.get(model.resources))
        )
        if self.environment is Environment.PROD and model.min_replicas < PROD_REPLICAS:
            yield Finding(
                path=("scaling", "minReplicas") if model.scaling else ("replicas",),
                found=str(model.min_replicas),
                expected=f"at least {PROD_REPLICAS} in prod, so that a lost node does not take the model away",
            )
        if self.environment is Environment.PROD:
            yield from undecided(model)

    def _resource_findings(self, model: Model) -> Iterator[Finding]:
        if model.resources not in self.resource_classes:
            yield Finding(
                path=("resources",),
                found=shown(model.resources),
                expected=f"a resource class: {listed(self.resource_classes)}",
                hint=did_you_mean(model.resources, self.resource_classes),
            )
            return
        resources = self.resources_of(model)
        if resources.memory_bytes < model.memory_floor_bytes:
            floor = binary_quantity(model.memory_floor_bytes)
            fitting = self._smallest_fitting(model)
            yield Finding(
                path=("resources",),
                found=f"{shown(model.resources)} with {resources.memory} of memory",
                expected=f"at least {floor}: 2.5 times size {model.size}",
                hint=f"the smallest class that fits is '{fitting}'" if fitting else "add a class to resourceClasses",
            )

    def _smallest_fitting(self, model: Model) -> str | None:
        request = self.resources_of(model).gpu_request
        fitting = [
            (candidate.memory_bytes, name)
            for name, candidate in self.resource_classes.items()
            if candidate.memory_bytes >= model.memory_floor_bytes and candidate.gpu_request == request
        ]
        return min(fitting)[1] if fitting else None

    def _exposure_findings(self, model: Model) -> Iterator[Finding]:
        if model.exposure in (Exposure.GATEWAY, Exposure.INGRESS) and self._entrance_of(model) is None:
            yield Finding(
                path=("exposure",),
                found=f"{model.exposure}, but the stack has none",
                expected=f"{model.exposure} among the stack's settings, or another exposure",
                hint=f"set {model.exposure}: {{{_ENTRANCE_KEYS[model.exposure]}}}",
            )
