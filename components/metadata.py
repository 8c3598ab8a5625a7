"""Names and labels: Kubernetes' recommended labels, and the platform's own."""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

MODEL_SERVER = "model-server"
MODEL_IMPORT = "model-import"
IMAGE_PREPULL = "image-prepull"

MODEL_SIZE_ANNOTATION = "inference/model-size-bytes"
CONFIGURATION_DIGEST_ANNOTATION = "inference/configuration-sha256"
COLD_START_ANNOTATION = "inference/cold-start-seconds"

NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"  # set by the API server on every namespace
CLIENT_NAMESPACE_LABEL = "inference/model-client"  # "true" on a namespace whose pods may call models directly


def object_metadata(
    name: str,
    namespace: pulumi.Input[str] | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> ObjectMetaArgs:
    """The metadata of an object that the platform manages."""
    return ObjectMetaArgs(
        name=name,
        namespace=namespace,
        labels={"app.kubernetes.io/managed-by": "pulumi", "app.kubernetes.io/part-of": "inference", **(labels or {})},
        annotations=dict(annotations) if annotations else None,
    )


def pod_metadata(labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> ObjectMetaArgs:
    """The metadata of a pod template, whose name the workload's controller gives."""
    return ObjectMetaArgs(labels=dict(labels), annotations=dict(annotations) if annotations else None)


def select(labels: Mapping[str, str]) -> LabelSelectorArgs:
    """A selector for exactly these labels."""
    return LabelSelectorArgs(match_labels=dict(labels))
