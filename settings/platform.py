"""The whole configuration of a stack."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from settings.architecture import Architecture
from settings.cluster.access import Access
from settings.cluster.admission import Admission
from settings.cluster.autoscaling import Autoscaling
from settings.cluster.cluster import Cluster
from settings.cluster.gateway import Gateway
from settings.cluster.ingress import Ingress
from settings.cluster.logging_stack import Logging
from settings.cluster.mesh.mesh import Mesh
from settings.cluster.monitoring import Monitoring
from settings.cluster.own_images import OwnImages
from settings.cluster.prices import Prices
from settings.cluster.quota import Quota
from settings.cluster.registry import Registry
from settings.cluster.resource_class import BUILT_IN_CLASSES, ResourceClass
from settings.cluster.runtime_class import RuntimeClass
from settings.cluster.signing import Signing
from settings.cluster.storage.storage import Storage
from settings.cluster.verification import Verification
from settings.consistency.alerting_issues import alerting_issues, team_issues
from settings.consistency.architectures import architecture_issues, architectures_of
from settings.consistency.autoscaling_issues import autoscaling_issues
from settings.consistency.capacity import quota_issues
from settings.consistency.exposure import exposure_issues, hostname_of, shared_host_issues
from settings.consistency.gateway_issues import gateway_issues
from settings.consistency.graph_issues import graph_issues, router_issues
from settings.consistency.inheritance import inheriting, undecided
from settings.consistency.installation_issues import installation_issues
from settings.consistency.logging_issues import logging_issues
from settings.consistency.mesh_issues import mesh_issues
from settings.consistency.metadata_issues import metadata_issues
from settings.consistency.model_resources import resource_issues
from settings.consistency.monitoring_issues import monitoring_issues, retention_issues
from settings.consistency.object_names import shared_name_issues
from settings.consistency.objective_issues import objective_issues
from settings.consistency.pools import devices_for, pool_issues, software_issues
from settings.consistency.price_issues import price_issues
from settings.consistency.query_issues import query_issues
from settings.consistency.release_issues import release_issues
from settings.consistency.runtime_use import runtime_class_issues, runtime_class_of
from settings.consistency.runtimes import is_verified_on_schedule, runtime_issues
from settings.consistency.sampling_issues import sampling_issues
from settings.consistency.storage_issues import registry_issues, storage_issues
from settings.consistency.tools_issues import tools_issues
from settings.environment import PROD_REPLICAS, Environment
from settings.gpu.devices import Devices
from settings.gpu.gpu_pool import GpuPool
from settings.gpu.node_software import NodeSoftware
from settings.graph.graph import Graph
from settings.model.data import Data
from settings.model.model import Model
from settings.model.volume import Volumes
from settings.validation.issues import Issue, refuse
from settings.validation.section import Section
from settings.values.text import DnsLabel, DnsSubdomain, Namespace
from settings.values.unvalidated import is_list


def _with_built_ins(classes: Mapping[str, ResourceClass]) -> Mapping[str, ResourceClass]:
    return MappingProxyType({**BUILT_IN_CLASSES, **classes})


def _at_least_one(models: Any) -> Any:  # noqa: ANN401 - any value of the stack file
    """A platform without models is most often a mistake, which would take the last one away."""
    if is_list(models) and not models:
        refuse("at least one model", "to serve none, remove the whole stack: make down, or pulumi destroy")
    return models


class Platform(Section):
    """One environment of the serving platform: where it runs, its limits, and the models it serves."""

    environment: Environment
    """Selects the defaults; `prod` requires at least two replicas of every model."""
    cluster: Cluster
    """Cluster the stack is deployed to."""
    namespace: Namespace
    """Namespace that the stack creates and owns."""
    access: Access = Field(default_factory=Access)
    """Groups and their permissions in the namespace."""
    storage: Storage
    """Object storage that holds the models."""
    signing: Signing | None = None
    """Keys that versions must be signed with; without them, models are verified by their digests alone."""
    images: OwnImages | None = None
    """Images built from `model_images/`, if the stack uses them."""
    registry: Registry | None = None
    """The model registry, required if versions are given by name."""
    gateway: Gateway | None = None
    """Gateway for models with exposure `gateway`."""
    ingress: Ingress | None = None
    """Ingress controller for models with exposure `ingress`."""
    mesh: Mesh = Mesh()
    """Service mesh that the models are part of; none by default."""
    autoscaling: Autoscaling | None = None
    """Prometheus and engine for models that scale on more than CPU and memory."""
    monitoring: Monitoring | None = None
    """Metrics and alerts of the models by prometheus-operator; none by default."""
    logging: Logging | None = None
    """Logs of all containers and the audit trail of predictions in an Elasticsearch of the stack; none by default."""
    quota: Quota
    """Limits of the namespace."""
    admission: Admission = Admission()
    """Rules that the API server enforces in the namespace."""
    volumes: Volumes | None = None
    """Settings for the volumes of all models."""
    data: Data | None = None
    """Classification of the models' data; defaults to `internal`, except in prod."""
    resource_classes: Annotated[Mapping[DnsLabel, ResourceClass], AfterValidator(_with_built_ins)] = Field(
        default_factory=lambda: BUILT_IN_CLASSES
    )
    """Resource classes in addition to the built-in `small`, `medium`, `large` and `gpu`, or overriding them."""
    runtime_classes: Mapping[DnsSubdomain, RuntimeClass] = Field(default_factory=lambda: MappingProxyType({}))
    """RuntimeClasses that models, resource classes and pools can refer to."""
    pools: tuple[GpuPool, ...] = ()
    """Pools of nodes with accelerators; without any, models with `gpus` run on any node that has GPUs."""
    gpu_software: NodeSoftware | None = None
    """The vendors' software on the nodes of the pools; required if cards are shared."""
    prices: Prices | None = None
    """Prices of compute and storage, for the cost estimate of each model; without them there is none."""
    verification: Verification | None = None
    """Scheduled verification of the served models; none by default."""
    models: Annotated[tuple[Model, ...], BeforeValidator(_at_least_one), AfterValidator(inheriting)]
    """Models to serve."""
    graphs: Annotated[tuple[Graph, ...], Field(max_length=32)] = ()
    """Models that answer together, each graph as one model; none by default."""

    def resources_of(self, model: Model) -> ResourceClass:
        """The resource class of a model of this platform."""
        return self.resource_classes[model.resources]

    def devices_of(self, model: Model) -> Devices | None:
        """The accelerators of a pod of a model of this platform, if it has any."""
        return self.devices_for(self.resources_of(model))

    def devices_for(self, resources: ResourceClass) -> Devices | None:
        """The accelerators that a pod of a resource class gets in this platform, if it has any."""
        return devices_for(resources, self.pools)

    def hostname_of(self, model: Model) -> str | None:
        """Host name that a model of this platform is reached at from outside, if it is exposed by a host name."""
        return hostname_of(model, self.gateway, self.ingress)

    def architectures_of(self, model: Model) -> tuple[Architecture, ...]:
        """The architectures of nodes that the pods of a model of this platform can run on."""
        return architectures_of(model, self.devices_of(model), self.images)

    def issues(self) -> Iterator[Issue]:
        """Check that names are unique, references resolve, and the models fit their classes and the quota."""
        yield from (issue.below("admission") for issue in self.admission.namespace_issues(self.namespace))
        issues = gateway_issues(self.gateway, self.models, self.mesh, self.environment, self._namespaces())
        yield from (issue.below("gateway") for issue in issues)
        installed = installation_issues(self.mesh, self._namespaces(), self.environment)
        yield from (issue.below("mesh") for issue in installed)
        watched = monitoring_issues(self.monitoring, self.mesh, self.autoscaling, self._namespaces(), self.environment)
        kept = retention_issues(self.monitoring, self.models)
        yield from (issue.below("monitoring") for issue in (*watched, *kept))
        yield from registry_issues(self.storage, self.registry)
        yield from tools_issues(self.images, self.models, self.signing, self.verification, self.logging)
        kept = logging_issues(self.logging, self.mesh, self._namespaces(), self.environment, self.models)
        yield from (issue.below("logging") for issue in kept)
        yield from alerting_issues(self.monitoring, self.models)
        yield from metadata_issues(self.cluster, self.ingress, self.models)
        yield from query_issues(self.autoscaling, self.monitoring, self.mesh, self.gateway, self.models)
        yield from router_issues(self.graphs, self.images, self.mesh)
        yield from graph_issues(self.graphs, self.models, self.pools, self.environment)
        names = Counter(model.name for model in self.models)
        for index, model in enumerate(self.models):
            issues = self._model_issues(model, names[model.name])
            yield from (issue.below("models", index) for issue in issues)
        for index, issue in [
            *shared_host_issues(self.models, self.gateway, self.ingress),
            *shared_name_issues(self.models, self.pools, self.graphs),
        ]:
            yield issue.below("models", index)
        if self.verification and not any(is_verified_on_schedule(model) for model in self.models):
            yield Issue(
                path=("verification",),
                found="set, but every model may be scaled to zero, or its runtime has no typed protocol",
                expected="a model that always runs and can be queried, or no verification",
            )
        yield from software_issues(self.pools, self.gpu_software, self.namespace)
        sized = [(model, self.resource_classes.get(model.resources)) for model in self.models]
        yield from pool_issues(self.pools, sized)
        yield from (issue.below("prices") for issue in price_issues(self.prices, self.pools, sized))
        if all(model.resources in self.resource_classes for model in self.models):
            asked = [(model, self.resources_of(model), self.devices_of(model)) for model in self.models]
            yield from runtime_class_issues(
                self.runtime_classes, self.gpu_software, self.resource_classes, self.pools, asked
            )
            taken = [(model, self._loaded(model, resources, devices), devices) for model, resources, devices in asked]
            yield from quota_issues(self.quota, taken, self.pools, self.graphs)

    def _namespaces(self) -> Mapping[str, str | None]:
        """Whose namespaces the stack names, in a finding's words; those of the mesh are its own to know."""
        return {
            "the models": self.namespace,
            "gpuSoftware": self.gpu_software and self.gpu_software.namespace,
            "the gateway": self.gateway and self.gateway.namespace,
            "the ingress": self.ingress and self.ingress.namespace,
            "monitoring": self.monitoring and self.monitoring.scraper_namespace,
            "autoscaling": self.autoscaling and self.autoscaling.scraper_namespace,
            "the adapter": self.autoscaling and self.autoscaling.adapter_namespace,
        }

    def _loaded(self, model: Model, resources: ResourceClass, devices: Devices | None) -> ResourceClass:
        """The resources of a pod, including the overhead of its RuntimeClass and the proxy of the mesh."""
        runtime = self.runtime_classes.get(runtime_class_of(model, resources, devices) or "")
        loaded = runtime.loaded(resources) if runtime else resources
        return self.mesh.loaded(loaded)

    def _model_issues(self, model: Model, uses_of_name: int) -> Iterator[Issue]:
        if uses_of_name > 1:
            yield Issue(
                path=("name",),
                found=f"'{model.name}', {uses_of_name} times",
                expected="a different name for each model",
            )
        yield from resource_issues(model, self.resource_classes)
        yield from exposure_issues(model, self.gateway, self.ingress)
        yield from mesh_issues(self.mesh, model, self.gateway, self.ingress)
        resources = self.resource_classes.get(model.resources)
        devices = devices_for(resources, self.pools) if resources else None
        yield from runtime_issues(model, devices)
        yield from architecture_issues(model, devices, self.images)
        scaling = autoscaling_issues(self.autoscaling, model, resources, devices)
        yield from (issue.below("scaling") for issue in scaling)
        yield from release_issues(model, self.autoscaling)
        yield from objective_issues(self.monitoring, model)
        yield from storage_issues(self.storage, model)
        yield from team_issues(self.monitoring, model)
        yield from sampling_issues(self.monitoring, model)
        if self.environment is Environment.PROD and model.min_replicas < PROD_REPLICAS:
            yield Issue(
                path=("scaling", "minReplicas") if model.scaling else ("replicas",),
                found=str(model.min_replicas),
                expected=f"at least {PROD_REPLICAS} in prod, so that the model survives the loss of a node",
            )
        if self.environment is Environment.PROD:
            yield from undecided(model)
