"""Kubernetes kinds: read from Pulumi's type tokens, and whether they live in a namespace."""

from dataclasses import dataclass

_TOKEN_PREFIX = "kubernetes:"  # noqa: S105 - a type token, no credential

# Groups of Pulumi's own component types, whose Kubernetes objects are registered, and checked, each for itself. A
# Release is none: its objects are made in the cluster.
_COMPONENT_GROUPS = frozenset({"helm.sh", "kustomize", "yaml"})
_RELEASE = "Release"

BUILT_IN_WORKLOAD_GROUPS = frozenset({"core", "apps", "batch", "extensions"})


BUILT_IN_CLUSTER_SCOPED = frozenset(
    {
        "admissionregistration.k8s.io/MutatingAdmissionPolicy",
        "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        "apiextensions.k8s.io/CustomResourceDefinition",
        "apiregistration.k8s.io/APIService",
        "authentication.k8s.io/SelfSubjectReview",
        "authentication.k8s.io/TokenReview",
        "authorization.k8s.io/SelfSubjectAccessReview",
        "authorization.k8s.io/SelfSubjectRulesReview",
        "authorization.k8s.io/SubjectAccessReview",
        "certificates.k8s.io/CertificateSigningRequest",
        "certificates.k8s.io/ClusterTrustBundle",
        "core/Namespace",
        "core/Node",
        "core/PersistentVolume",
        "flowcontrol.apiserver.k8s.io/FlowSchema",
        "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
        "internal.apiserver.k8s.io/StorageVersion",
        "networking.k8s.io/IPAddress",
        "networking.k8s.io/IngressClass",
        "networking.k8s.io/ServiceCIDR",
        "node.k8s.io/RuntimeClass",
        "rbac.authorization.k8s.io/ClusterRole",
        "rbac.authorization.k8s.io/ClusterRoleBinding",
        "resource.k8s.io/DeviceClass",
        "resource.k8s.io/DeviceTaintRule",
        "resource.k8s.io/ResourcePoolStatusRequest",
        "resource.k8s.io/ResourceSlice",
        "scheduling.k8s.io/PriorityClass",
        "storage.k8s.io/CSIDriver",
        "storage.k8s.io/CSINode",
        "storage.k8s.io/StorageClass",
        "storage.k8s.io/VolumeAttachment",
        "storage.k8s.io/VolumeAttributesClass",
        "storagemigration.k8s.io/StorageVersionMigration",
    }
)
"""Kubernetes' own kinds without a namespace, as of 1.36."""

# Those of the operators that the platform installs, those that network policies of other makes have, one that newer
# versions of Kubernetes have no more, and Pulumi's own, which names its namespace elsewhere.
_CUSTOM_CLUSTER_SCOPED = frozenset(
    {
        "cilium.io/CiliumClusterwideNetworkPolicy",
        "helm.sh/Release",
        "policy.networking.k8s.io/AdminNetworkPolicy",
        "policy.networking.k8s.io/BaselineAdminNetworkPolicy",
        "policy.networking.k8s.io/ClusterNetworkPolicy",
        "policy/PodSecurityPolicy",
        "cert-manager.io/ClusterIssuer",
        "gateway.networking.k8s.io/GatewayClass",
        "karpenter.k8s.aws/EC2NodeClass",
        "karpenter.kwok.sh/KWOKNodeClass",
        "karpenter.sh/NodeClaim",
        "karpenter.sh/NodeOverlay",
        "karpenter.sh/NodePool",
        "keda.sh/ClusterTriggerAuthentication",
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A group (``core`` for the unnamed one) and kind, such as ``apps`` and ``Deployment``."""

    group: str
    name: str

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


def kind_of(type_token: str) -> Kind | None:
    """The kind behind a type token such as ``kubernetes:apps/v1:Deployment``; None for anything else.

    ``DeploymentPatch``, Pulumi's way to change a part of an existing object, is judged like the object itself.
    """
    parts = type_token.split(":")
    if not type_token.startswith(_TOKEN_PREFIX) or len(parts) != 3:
        return None
    group, name = parts[1].partition("/")[0], parts[2]
    if group in _COMPONENT_GROUPS and name != _RELEASE:
        return None
    return Kind(group, name.removesuffix("Patch") or name)


def is_cluster_scoped(kind: Kind) -> bool:
    """Whether the kind has no namespace; a custom kind that is not listed here is taken to have one."""
    return str(kind) in BUILT_IN_CLUSTER_SCOPED or str(kind) in _CUSTOM_CLUSTER_SCOPED
