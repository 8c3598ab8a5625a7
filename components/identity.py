"""The identity of pods that do not speak to the Kubernetes API."""

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccountInitArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.metadata import object_metadata


def unprivileged_service_account(name: str, namespace: pulumi.Input[str]) -> ServiceAccountInitArgs:
    """The ServiceAccount ``name``, which may do nothing: no pod of the namespace has to share the default one."""
    return account_of(object_metadata(name, namespace))


def account_of(metadata: ObjectMetaArgs) -> ServiceAccountInitArgs:
    """A ServiceAccount that gives its pods no token; one that needs a token asks for it itself."""
    return ServiceAccountInitArgs(metadata=metadata, automount_service_account_token=False)
