"""The identity of pods that do not use the Kubernetes API."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes.core.v1 import LocalObjectReferenceArgs, ServiceAccountInitArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.metadata import object_metadata


def unprivileged_service_account(
    name: str, namespace: pulumi.Input[str], pull_secrets: Sequence[str] = ()
) -> ServiceAccountInitArgs:
    """The ServiceAccount ``name`` without permissions, so that no pod has to share the namespace's default one."""
    return account_of(object_metadata(name, namespace), pull_secrets)


def account_of(metadata: ObjectMetaArgs, pull_secrets: Sequence[str] = ()) -> ServiceAccountInitArgs:
    """A ServiceAccount that mounts no token into its pods; a pod that needs one has to request it explicitly.

    The API server gives its new pods the ``pull_secrets``, so that another name restarts none of them.
    """
    return ServiceAccountInitArgs(
        metadata=metadata,
        automount_service_account_token=False,
        image_pull_secrets=[LocalObjectReferenceArgs(name=name) for name in pull_secrets] or None,
    )
