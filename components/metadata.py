"""Names and labels: Kubernetes' recommended labels, and the platform's own."""

import hashlib
import json
from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

MODEL_SERVER = "model-server"
MODEL_IMPORT = "model-import"
MODEL_VERIFICATION = "model-verification"
MODEL_SAMPLER = "model-sampler"
INFERENCE_GRAPH = "inference-graph"
IMAGE_PREPULL = "image-prepull"
SERVICE_MESH = "mesh"  # what a stack calls its ServiceMesh; its objects have this before their names
GPU_SPARE = "gpu-spare"
NODE_AGENT = "node-agent"

MODEL_SIZE_ANNOTATION = "inference/model-size-bytes"
# A deployment, by Pulumi or by the sandbox, does not wait for objects that need capacity which may not exist.
SKIP_AWAIT_ANNOTATION = "pulumi.com/skipAwait"
CONFIGURATION_DIGEST_ANNOTATION = "inference/configuration-sha256"
API_TOKEN_REASON = "inference/api-token-reason"  # noqa: S105 - read by R07
COLD_START_ANNOTATION = "inference/cold-start-seconds"

# A failed Job stays failed. With this annotation, the first deployment after the cause is fixed recreates it.
# https://www.pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job/
REPLACED_WHEN_FAILED: Mapping[str, str] = {"pulumi.com/replaceUnready": "true"}

POD_CREATION_REASON = "inference/pod-creation-reason"  # an annotation of roles, read by R04
NO_SIDECAR_REASON = "inference/no-sidecar-reason"  # an annotation of pods, read by N07
# What the policy pack's D09 and D10 read on claims.
DATA_CLASS_LABEL = "inference/data-class"
RESIDENCY_LABEL = "inference/residency"
RESTORED_FROM_ANNOTATION = "inference/restored-from"

NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"  # set by the API server on every namespace
CLIENT_NAMESPACE_LABEL = "inference/model-client"  # "true" on a namespace whose pods may call models directly


def object_metadata(
    name: pulumi.Input[str],
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


def configuration_digest(files: Mapping[str, str]) -> str:
    """SHA-256 of some files. Servers read them only once, so pods carry it and are replaced when a file changes."""
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()


def pod_metadata(labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> ObjectMetaArgs:
    """The metadata of a pod template; the workload's controller names the pods."""
    return ObjectMetaArgs(labels=dict(labels), annotations=dict(annotations) if annotations else None)


def select(labels: Mapping[str, str]) -> LabelSelectorArgs:
    """A selector for exactly these labels."""
    return LabelSelectorArgs(match_labels=dict(labels))
