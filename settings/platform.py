"""The whole configuration of a stack."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.cluster.access import Access
from settings.cluster.admission import Admission
from settings.cluster.autoscaling import Autoscaling
from settings.cluster.cluster import Cluster
from settings.cluster.gateway import Gateway
from settings.cluster.ingress import Ingress
from settings.cluster.object_storage import ObjectStorage
from settings.cluster.own_images import OwnImages
from settings.cluster.prices import Prices
from settings.cluster.quota import Quota
from settings.cluster.registry import Registry
from settings.cluster.resource_class import BUILT_IN_CLASSES, ResourceClass
from settings.cluster.runtime_class import RuntimeClass
from settings.cluster.signing import Signing
from settings.cluster.verification import Verification
from settings.consistency.autoscaling_issues import autoscaling_issues
from settings.consistency.capacity import quota_issues
from settings.consistency.inheritance import inheriting, undecided
from settings.consistency.pools import devices_for, pool_issues, software_issues
from settings.consistency.price_issues import price_issues
from settings.consistency.runtime_use import runtime_class_issues, runtime_class_of
from settings.consistency.runtimes import is_verified_on_schedule, runtime_issues
from settings.environment import Environment
from settings.gpu.devices import Devices
from settings.gpu.gpu_pool import GpuPool
from settings.gpu.node_software import NodeSoftware
from settings.model.data import Data
from settings.model.model import Exposure, Model
from settings.model.volume import Volumes
from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section
from settings.validation.words import did_you_mean, listed, shown
from settings.values.quantity import binary_quantity
from settings.values.text import DnsLabel, DnsSubdomain, Namespace

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
    signing: Signing | None = None
    """Whose signature every version must have; without it models are verified by their digests alone."""
    images: OwnImages | None = None
    """Images of ours, where the stack uses them."""
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
    runtime_classes: Mapping[DnsSubdomain, RuntimeClass] = Field(default_factory=lambda: MappingProxyType({}))
    """RuntimeClasses that models, resource classes and pools can name."""
    pools: tuple[GpuPool, ...] = ()
    """Pools of nodes with accelerators; without any, models with `gpus` run on any node that has some."""
    gpu_software: NodeSoftware | None = None
    """The vendors' software on the pools' nodes; needed where cards are shared."""
    prices: Prices | None = None
    """What computing costs, for the cost line of each model; without prices there is none."""
    verification: Verification | None = None
    """Verification of what is served, on a schedule; none by default."""
    models: Annotated[tuple[Model, ...], Field(min_length=1), AfterValidator(inheriting)]
    """Models that are served."""

    def resources_of(self, model: Model) -> ResourceClass:
        """The resource class that a model of this platform names."""
        return self.resource_classes[model.resources]

    def devices_of(self, model: Model) -> Devices | None:
        """The accelerators of a pod of a model of this platform, if it has any."""
        return self.devices_for(self.resources_of(model))

    def devices_for(self, resources: ResourceClass) -> Devices | None:
        """The accelerators that a pod of a resource class gets in this platform, if it has any."""
        return devices_for(resources, self.pools)

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

    def issues(self) -> Iterator[Issue]:
        """Names are unique, every reference has its target, and the models fit into the classes and the quota."""
        issues = self.admission.namespace_issues(self.namespace)
        yield from (issue.below("admission") for issue in issues)
        yield from self._tools_issues()
        names = Counter(model.name for model in self.models)
        for index, model in enumerate(self.models):
            issues = self._model_issues(model, names[model.name])
            yield from (issue.below("models", index) for issue in issues)
        if self.verification and not any(is_verified_on_schedule(model) for model in self.models):
            yield Issue(
                path=("verification",),
                found="set, but every model may be scaled to zero, or its runtime has no typed protocol",
                expected="a model that always runs and can be asked, or no verification",
            )
        yield from software_issues(self.pools, self.gpu_software)
        sized = [(model, self.resource_classes.get(model.resources)) for model in self.models]
        yield from pool_issues(self.pools, sized)
        yield from (issue.below("prices") for issue in price_issues(self.prices, self.pools, sized))
        if all(model.resources in self.resource_classes for model in self.models):
            asked = [(model, self.resources_of(model), self.devices_of(model)) for model in self.models]
            yield from runtime_class_issues(
                self.runtime_classes, self.gpu_software, self.resource_classes, self.pools, asked
            )
            taken = [(model, self._loaded(model, resources, devices), devices) for model, resources, devices in asked]
            yield from quota_issues(self.quota, taken, self.pools)

    def _tools_issues(self) -> Iterator[Issue]:
        if self.images and self.images.has_tools:
            return
        hint = "build model_images/tools, push it, and name it with its digest, or have it built by images.build"
        if self.signing:
            expected = "the image that verifies signatures, as the stack has signing"
            yield Issue(path=("images", "tools"), found=MISSING, expected=expected, hint=hint)
        if self.verification and not self.verification.image:
            expected = "the image that holds the checks, as images names none"
            yield Issue(path=("verification", "image"), found=MISSING, expected=expected, hint=hint)

    def _loaded(self, model: Model, resources: ResourceClass, devices: Devices | None) -> ResourceClass:
        """What a pod takes, its runtime's part included."""
        runtime = self.runtime_classes.get(runtime_class_of(model, resources, devices) or "")
        return runtime.loaded(resources) if runtime else resources

    def _model_issues(self, model: Model, uses_of_name: int) -> Iterator[Issue]:
        if uses_of_name > 1:
            yield Issue(
                path=("name",),
                found=f"'{model.name}', {uses_of_name} times",
                expected="a different name for each model",
            )
        yield from self._resource_issues(model)
        yield from self._exposure_issues(model)
        resources = self.resource_classes.get(model.resources)
        yield from runtime_issues(model, devices_for(resources, self.pools) if resources else None)
        yield from (issue.below("scaling") for issue in autoscaling_issues(self.autoscaling, model, resources))
        if self.environment is Environment.PROD and model.min_replicas < PROD_REPLICAS:
            yield Issue(
                path=("scaling", "minReplicas") if model.scaling else ("replicas",),
                found=str(model.min_replicas),
                expected=f"at least {PROD_REPLICAS} in prod, so that a lost node does not take the model away",
            )
        if self.environment is Environment.PROD:
            yield from undecided(model)

    def _resource_issues(self, model: Model) -> Iterator[Issue]:
        if model.resources not in self.resource_classes:
            yield Issue(
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
            yield Issue(
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

    def _exposure_issues(self, model: Model) -> Iterator[Issue]:
        if model.exposure in (Exposure.GATEWAY, Exposure.INGRESS) and self._entrance_of(model) is None:
            yield Issue(
                path=("exposure",),
                found=f"{model.exposure}, but the stack has none",
                expected=f"{model.exposure} among the stack's settings, or another exposure",
                hint=f"set {model.exposure}: {{{_ENTRANCE_KEYS[model.exposure]}}}",
            )
