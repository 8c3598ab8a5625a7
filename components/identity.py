"""The identity of pods that do not use the Kubernetes API."""

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccountInitArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.metadata import object_metadata


def unprivileged_service_account(name: str, namespace: pulumi.Input[str]) -> ServiceAccountInitArgs:
    """The ServiceAccount ``name`` without permissions, so that no pod has to share the namespace's default one."""
    return account_of(object_metadata(name, namespace))


def account_of(metadata: ObjectMetaArgs) -> ServiceAccountInitArgs:
    """A ServiceAccount that mounts no token into its pods; a pod that needs one has to request it explicitly."""
    return ServiceAccountInitArgs(metadata=metadata, automount_service_account_token=False)
