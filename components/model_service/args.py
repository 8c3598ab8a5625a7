"""The arguments of a served model, and what follows from them for each of its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.metadata import MODEL_SERVER, object_metadata
from components.model_service.runtimes import Server, server_of
from settings import (
    Autoscaling,
    Devices,
    Gateway,
    Ingress,
    Model,
    ObjectStorage,
    Platform,
    ResourceClass,
    Signing,
    Version,
)


@dataclass(frozen=True, kw_only=True)
class ModelServiceArgs:
    """Everything that one model needs.

    The settings are plain values, since they decide which resources exist; ``hostname`` is the model's host name
    outside the cluster, empty where its exposure has none, and ``devices`` the accelerators of a pod. The inputs only
    flow into fields: ``namespace`` exists already, ``server_image`` and ``fetcher_image`` are image references with a
    tag and, where it is known, a digest. With ``signing`` the latter must be that of ``model_images/tools``.
    """

    model: Model
    resources: ResourceClass
    devices: Devices | None = None
    storage: ObjectStorage
    signing: Signing | None = None
    gateway: Gateway | None = None
    ingress: Ingress | None = None
    autoscaling: Autoscaling | None = None
    hostname: str = ""
    namespace: pulumi.Input[str]
    priority_class_name: pulumi.Input[str]
    server_image: pulumi.Input[str]
    fetcher_image: pulumi.Input[str]

    @classmethod
    def of(cls, platform: Platform, model: Model, **inputs: pulumi.Input[str]) -> Self:
        """The arguments of a model of ``platform``; ``inputs`` are those that are no settings."""
        return cls(
            model=model,
            resources=platform.resources_of(model),
            devices=platform.devices_of(model),
            storage=platform.storage,
            signing=platform.signing,
            gateway=platform.gateway,
            ingress=platform.ingress,
            autoscaling=platform.autoscaling,
            hostname=platform.hostname_of(model) or "",
            **inputs,
        )

    @cached_property
    def served(self) -> tuple["ServedVersion", ...]:
        """The versions of the model, in the order of the settings."""
        return tuple(ServedVersion(args=self, version=version) for version in self.model.versions)


@dataclass(frozen=True, kw_only=True)
class ServedVersion:
    """One version of a model as a workload: its names, its labels, and the server that its runtime describes."""

    args: ModelServiceArgs
    version: Version

    @property
    def model(self) -> Model:
        """The model that this is a version of."""
        return self.args.model

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
        """What the model's runtime needs to serve this version."""
        return server_of(self.model, self.version, self.args.resources, self.args.devices)


def server_labels(model: Model) -> Mapping[str, str]:
    """The labels that select the pods of all versions of ``model``."""
    return {"app.kubernetes.io/name": model.name, "app.kubernetes.io/component": MODEL_SERVER}


def model_metadata(args: ModelServiceArgs, annotations: Mapping[str, str] | None = None) -> ObjectMetaArgs:
    """The metadata of the objects that a model has one of, whatever its versions."""
    return object_metadata(args.model.name, args.namespace, labels=server_labels(args.model), annotations=annotations)


def primary_version(args: ModelServiceArgs) -> ServedVersion:
    """The version behind the stable address: the one with the greatest weight, the newest of equals."""
    return max(args.served, key=lambda served: (served.version.share_percent, served.version.version))
