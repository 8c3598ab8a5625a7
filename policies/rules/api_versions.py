"""M13 and M14: Jobs that end, and objects that the API server still knows."""

from collections.abc import Iterator, Mapping

from configuration import Level
from rule import Check, Rule, Severity, Violation, for_kinds, for_resource
from scope import Scope
from subject import Resource

_WORKLOADS = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"})
_FLOWS = frozenset({"FlowSchema", "PriorityLevelConfiguration"})
_ROLES = frozenset({"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"})
_SCALERS = frozenset({"HorizontalPodAutoscaler"})

# The deprecated API migration guide of Kubernetes: group and version, and the kinds that it has no more.
_REMOVED: Mapping[str, frozenset[str]] = {
    "admissionregistration.k8s.io/v1beta1": frozenset(
        {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
    ),
    "apiextensions.k8s.io/v1beta1": frozenset({"CustomResourceDefinition"}),
    "apiregistration.k8s.io/v1beta1": frozenset({"APIService"}),
    "apps/v1beta1": _WORKLOADS,
    "apps/v1beta2": _WORKLOADS,
    "autoscaling/v2beta1": _SCALERS,
    "autoscaling/v2beta2": _SCALERS,
    "batch/v1beta1": frozenset({"CronJob"}),
    "batch/v2alpha1": frozenset({"CronJob"}),
    "certificates.k8s.io/v1beta1": frozenset({"CertificateSigningRequest"}),
    "coordination.k8s.io/v1beta1": frozenset({"Lease"}),
    "discovery.k8s.io/v1beta1": frozenset({"EndpointSlice"}),
    "events.k8s.io/v1beta1": frozenset({"Event"}),
    "extensions/v1beta1": _WORKLOADS | {"Ingress", "NetworkPolicy", "PodSecurityPolicy"},
    **{f"flowcontrol.apiserver.k8s.io/v1beta{number}": _FLOWS for number in (1, 2, 3)},
    "networking.k8s.io/v1beta1": frozenset({"Ingress", "IngressClass"}),
    "node.k8s.io/v1beta1": frozenset({"RuntimeClass"}),
    "policy/v1beta1": frozenset({"PodDisruptionBudget", "PodSecurityPolicy"}),
    "rbac.authorization.k8s.io/v1alpha1": _ROLES,
    "rbac.authorization.k8s.io/v1beta1": _ROLES,
    "scheduling.k8s.io/v1beta1": frozenset({"PriorityClass"}),
    "storage.k8s.io/v1beta1": frozenset({"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"}),
}
_MOVED = frozenset(kind for kinds in _REMOVED.values() for kind in kinds)


def _is_served(resource: Resource) -> Iterator[Violation]:
    if _has_moved(resource):
        version = resource.properties.get("apiVersion")
        if resource.kind.name in _REMOVED.get(version.text() or "", ()):
            yield Violation.of(version)


def _has_moved(resource: Resource) -> bool:
    return resource.kind.name in _MOVED


def _ends(job: Resource) -> Iterator[Violation]:
    spec = job.properties.get("spec")
    if job.kind_name == "batch/CronJob":
        spec = spec.get("jobTemplate").get("spec")
    # A Job that removes itself afterwards would be made again by whoever manages it, so that is not asked for.
    if spec.get("activeDeadlineSeconds").number() is None:
        yield Violation.of(spec.get("activeDeadlineSeconds"))


RULES = (
    Rule(
        id="M13",
        title="Jobs have a deadline",
        why="A Job that hangs holds its memory and its GPUs for ever, and nobody waits for its answer.",
        severity=Severity.LOW,
        remedy="Set activeDeadlineSeconds, after which Kubernetes ends the Job.",
        check=for_kinds(["batch/Job", "batch/CronJob"], _ends),
        level=Level.ADVISORY,
    ),
    Rule(
        id="M14",
        title="Objects are of API versions that Kubernetes serves",
        why="The API server refuses an object of a version that it has no more, or the upgrade to that version of "
        "Kubernetes does. What the object protected is then unprotected.",
        severity=Severity.HIGH,
        remedy="Set apiVersion to the version that replaced this one.",
        check=Check(Scope(("kinds that Kubernetes has moved",), _has_moved), for_resource(_is_served)),
    ),
)
