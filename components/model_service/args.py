"""The arguments of a served model, and the values derived from them for each version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.arguments import refuse_arguments
from components.metadata import MODEL_SERVER, object_metadata
from components.model_service.addresses import addresses
from components.model_service.runtimes import Server, server_of
from components.service_mesh.meshed_model import Identity, MeshedModel
from settings import (
    BUILT_IN_CLASSES,
    MISSING,
    Architecture,
    Autoscaling,
    Devices,
    Gateway,
    GpuPool,
    Ingress,
    Issue,
    Mesh,
    Model,
    ModelMesh,
    Monitoring,
    Platform,
    ResourceClass,
    Signing,
    Version,
    architectures_of,
    devices_for,
    entrance_of,
    exposure_issues,
    fetcher_image,
    hostname_of,
    mesh_issues,
    read_lock,
    server_image,
    single_model_issues,
)
from settings.cluster.storage.storage import Storage
from settings.consistency.storage_issues import storage_issues


@dataclass(frozen=True, kw_only=True)
class ModelServiceArgs:
    """Everything that a model needs: ``model``, ``storage`` and ``namespace`` are enough for a model on CPUs.

    The settings are plain values because they decide which resources exist. ``resources`` is the class that the model
    names; without it, the built-in class of that name. ``pools`` are where its accelerators come from; without any,
    a class with ``gpus`` gets whole GPUs of any node. ``gateway`` or ``ingress`` is required if the model is exposed
    through one, ``autoscaling`` if it scales by more than CPU and memory. With a ``mesh``, a ServiceMesh protects the
    namespace; with ``monitoring``, a MonitoringStack watches it.

    Inputs only flow into fields. ``namespace`` exists already. ``service_account_name`` is an existing ServiceAccount
    to run as; without it the component creates one without permissions, whose pods pull images with the existing
    ``pull_secrets``. ``server_image`` and ``fetcher_image`` have a tag and, if possible, a digest; without them, they
    are those of ``versions.py``. With ``signing``, ``fetcher_image`` is built from ``model_images/tools``. Pods run
    on nodes of the ``architectures``; without them, of those that their images are built for.

    Raises:
        SettingsError: the model cannot be served with these arguments; it lists every problem by argument.
    """

    model: Model
    storage: Storage
    namespace: pulumi.Input[str]
    resources: ResourceClass | None = None
    pools: Sequence[GpuPool] = ()
    signing: Signing | None = None
    gateway: Gateway | None = None
    ingress: Ingress | None = None
    autoscaling: Autoscaling | None = None
    mesh: Mesh = field(default_factory=Mesh)
    monitoring: Monitoring | None = None
    service_account_name: pulumi.Input[str] | None = None
    priority_class_name: pulumi.Input[str] | None = None
    server_image: pulumi.Input[str] | None = None
    fetcher_image: pulumi.Input[str] | None = None
    architectures: Sequence[Architecture] | None = None
    pull_secrets: Sequence[str] = ()

    @classmethod
    def of(cls, platform: Platform, model: Model, **inputs: pulumi.Input[str]) -> Self:
        """The arguments of a model of ``platform``; ``inputs`` are the arguments that are not settings."""
        return cls(
            model=model,
            resources=platform.resources_of(model),
            pools=platform.pools,
            storage=platform.storage,
            signing=platform.signing,
            gateway=platform.gateway,
            ingress=platform.ingress,
            autoscaling=platform.autoscaling,
            mesh=platform.mesh,
            monitoring=platform.monitoring,
            architectures=platform.architectures_of(model),
            pull_secrets=platform.images.pull_secrets if platform.images else (),
            **inputs,
        )

    def __post_init__(self) -> None:
        refuse_arguments(type(self), tuple(self._issues()))

    def _issues(self) -> Sequence[Issue]:
        model = [
            *exposure_issues(self.model, self.gateway, self.ingress),
            *storage_issues(self.storage, self.model),
            *mesh_issues(self.mesh, self.model, self.gateway, self.ingress),
            *single_model_issues(
                self.model,
                resources=self.resources,
                pools=self.pools,
                autoscaling=self.autoscaling,
                monitoring=self.monitoring,
            ),
        ]
        found = [issue.below("model") for issue in model if not (self.server_image and issue.path == ("image",))]
        if self.signing and self.fetcher_image is None:
            expected = "the image built from model_images/tools, which verifies signatures"
            found.append(Issue(path=("fetcher_image",), found=MISSING, expected=expected))
        return found

    @property
    def resource_class(self) -> ResourceClass:
        """The resources that each pod requests."""
        return self.resources or BUILT_IN_CLASSES[self.model.resources]

    @cached_property
    def devices(self) -> Devices | None:
        """The accelerators of each pod, if it has any."""
        return devices_for(self.resource_class, self.pools)

    @property
    def built_for(self) -> Sequence[Architecture]:
        """The architectures of nodes that each pod can run on."""
        return self.architectures or architectures_of(self.model, self.devices, None)

    @property
    def hostname(self) -> str:
        """The model's host name outside the cluster; empty where its exposure has none."""
        return hostname_of(self.model, self.gateway, self.ingress) or ""

    @property
    def request_timeout(self) -> str | None:
        """How long a request through the gateway may take, as the Gateway API writes durations; None for no limit."""
        seconds = self.model.mesh.timeout_seconds if self.model.mesh else None
        return f"{seconds}s" if seconds else None

    @property
    def account_name(self) -> pulumi.Input[str]:
        """The ServiceAccount that the model's pods run as."""
        return self.model.name if self.service_account_name is None else self.service_account_name

    @cached_property
    def server_reference(self) -> pulumi.Input[str]:
        """The image of the model server."""
        if self.server_image is not None:
            return self.server_image
        return server_image(self.model, self.devices, read_lock())

    @cached_property
    def fetcher_reference(self) -> pulumi.Input[str]:
        """The image that copies and verifies the model's files."""
        return fetcher_image(read_lock()) if self.fetcher_image is None else self.fetcher_image

    @property
    def meshed(self) -> MeshedModel:
        """The model as the mesh sees it."""
        server, wanted = primary_version(self).server, self.model.mesh or ModelMesh()
        return MeshedModel(
            service=self.model.name,
            addresses=addresses(self.model, [served.name for served in self.served], server),
            labels=server_labels(self.model),
            http_port=server.http_port,
            http_paths=server.http_paths,
            grpc_port=server.grpc_port,
            grpc_methods=server.grpc_methods,
            entrance=self._entrance,
            callers=[self.mesh.caller(name) for name in wanted.callers],
            wanted=wanted,
            keeps_clients_on_one_pod=self.model.stateful,
        )

    @property
    def _entrance(self) -> Identity | None:
        entrance = entrance_of(self.mesh, self.model, self.gateway, self.ingress)
        return Identity(**entrance._asdict()) if entrance else None

    @cached_property
    def served(self) -> tuple["ServedVersion", ...]:
        """The versions of the model, in the order of the settings."""
        return tuple(ServedVersion(args=self, version=version) for version in self.model.versions)


@dataclass(frozen=True, kw_only=True)
class ServedVersion:
    """A version of a model as a workload: its names, its labels, and its server."""

    args: ModelServiceArgs
    version: Version

    @property
    def model(self) -> Model:
        """The model of this version."""
        return self.args.model

    @property
    def is_running(self) -> bool:
        """Whether the version has pods; see :attr:`Model.running`."""
        return self.version in self.model.running

    @property
    def name(self) -> str:
        """The name of the version's objects: ``mnist-v1``."""
        return f"{self.model.name}-v{self.version.version}"

    @cached_property
    def selector(self) -> Mapping[str, str]:
        """The labels that select exactly the pods of this version."""
        return {**server_labels(self.model), "app.kubernetes.io/version": str(self.version.version)}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The labels of every object of this version."""
        return {**self.selector, "app.kubernetes.io/instance": self.name}

    @cached_property
    def server(self) -> Server:
        """The server of this version, as its runtime describes it."""
        return server_of(self.model, self.version, self.args.resource_class, self.args.devices)


def server_labels(model: Model) -> Mapping[str, str]:
    """The labels that select the pods of all versions of ``model``."""
    return {"app.kubernetes.io/name": model.name, "app.kubernetes.io/component": MODEL_SERVER}


def model_metadata(args: ModelServiceArgs, annotations: Mapping[str, str] | None = None) -> ObjectMetaArgs:
    """The metadata of the objects that exist once per model, not per version."""
    return object_metadata(args.model.name, args.namespace, labels=server_labels(args.model), annotations=annotations)


def primary_version(args: ModelServiceArgs) -> ServedVersion:
    """The version behind the stable address: the one with the greatest weight, or the newest of those."""
    return max(args.served, key=lambda served: (served.version.share_percent, served.version.version))
