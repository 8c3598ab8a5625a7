"""The resources of a recorded program without its components, as the baseline for the platform's own code."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic.alias_generators import to_snake

from inferencectl.program.recording import Resource


@dataclass(frozen=True, kw_only=True)
class BareResource:
    """A resource of the same class and name as the recorded one, with its manifest as plain mappings.

    It has no parent, dependencies or typed arguments.
    """

    type: str
    name: str
    custom: bool
    inputs: Mapping[str, Any]

    @classmethod
    def of(cls, resource: Resource) -> "BareResource":
        """The bare form of a recorded resource."""
        return cls(type=resource.type, name=resource.name, custom=resource.custom, inputs=resource.inputs)

    def register(self) -> None:
        """Register the resource with the running program."""
        if not self.custom:
            pulumi.ComponentResource(self.type, self.name)
        elif self.type == "pulumi:providers:kubernetes":
            kubernetes.Provider(self.name, **_arguments(self.inputs))
        elif kind := built_in_kind(self.type):
            fields = {key: value for key, value in self.inputs.items() if key not in ("apiVersion", "kind")}
            kind(self.name, **_arguments(fields))
        else:
            kubernetes.apiextensions.CustomResource(self.name, **_arguments(self.inputs))


def built_in_kind(token: str) -> Any:  # noqa: ANN401 - a class of the provider's, whose constructors differ
    """The class of a type such as ``kubernetes:apps/v1:Deployment``, or None for a custom resource."""
    _, group_version, kind = token.split(":")
    group, _, version = group_version.partition("/")
    module = getattr(kubernetes, group.partition(".")[0], None)
    return module and getattr(importlib.import_module(f"{module.__name__}.{version}"), kind)


def _arguments(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {to_snake(key): value for key, value in inputs.items()}
