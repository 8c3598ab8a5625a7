"""What each role may do, as data; docs/adr/0015-access-and-audit.md says why.

Nobody may read Secrets, enter pods, ask for tokens or change roles. Rules name everything they grant: a wildcard would
also grant what the cluster serves tomorrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs

from components.service_mesh.profiles import profile_of
from settings import Mesh

_READ = "get list watch"
_CHANGE = "create update patch delete"

_CORE = ""
_KEDA = "keda.sh"
_FLAGGER = "flagger.app"
_GATEWAY = "gateway.networking.k8s.io"
_KARPENTER = "karpenter.sh"
_CLUSTER_API = "cluster.x-k8s.io"
_METRICS = "metrics.k8s.io"
_MONITORING = "monitoring.coreos.com"
_NETWORKING = "networking.k8s.io"
_RBAC = "rbac.authorization.k8s.io"


def _may(verbs: str, group: str, *resources: str) -> PolicyRuleArgs:
    return PolicyRuleArgs(api_groups=[group], resources=[*resources], verbs=verbs.split())


@dataclass(frozen=True, kw_only=True)
class AccessRole:
    """A role's name, what it may do in the namespace, and what it may read of the cluster.

    ``pod_creation_reason`` says why a role may create workloads: who may has all that their service accounts and the
    namespace's Secrets give. It is empty for a role that may not.
    ``changes_models`` is whether it deploys models.
    """

    name: str
    in_namespace: Sequence[PolicyRuleArgs]
    in_cluster: Sequence[PolicyRuleArgs] = ()
    pod_creation_reason: str = ""
    changes_models: bool = False

    def in_mesh(self, mesh: Mesh) -> Sequence[PolicyRuleArgs]:
        """What it may do with the objects of a mesh: read all, and change those of the models if it changes models."""
        profile = profile_of(mesh)
        changes = profile.kinds_of_models() if self.changes_models else ()
        return [
            *(_may(_READ, kinds.group, *kinds.resources) for kinds in profile.kinds()),
            *(_may(_CHANGE, kinds.group, *kinds.resources) for kinds in changes),
        ]


# What runs, within which bounds, and how it is reached; `kubectl get all` and `kubectl top pods` answer in full.
_STATE = (
    _may("get", _CORE, "namespaces"),
    _may(_READ, _CORE, "configmaps", "endpoints", "events", "limitranges", "persistentvolumeclaims", "pods"),
    _may(_READ, _CORE, "replicationcontrollers", "resourcequotas", "serviceaccounts", "services"),
    _may(_READ, "apps", "daemonsets", "deployments", "replicasets", "statefulsets"),
    _may(_READ, "autoscaling", "horizontalpodautoscalers"),
    _may(_READ, "batch", "cronjobs", "jobs"),
    _may(_READ, "discovery.k8s.io", "endpointslices"),
    _may(_READ, "events.k8s.io", "events"),
    _may(_READ, _GATEWAY, "httproutes"),
    _may(_READ, _KEDA, "scaledobjects"),
    _may(_READ, _FLAGGER, "alertproviders", "canaries", "metrictemplates"),
    _may(_READ, _METRICS, "pods"),
    _may(_READ, _MONITORING, "alertmanagerconfigs", "podmonitors", "prometheusrules"),
    _may(_READ, _NETWORKING, "ingresses", "networkpolicies"),
    _may(_READ, "policy", "poddisruptionbudgets"),
)
# The pools and their provisioner's progress. A MachineDeployment is in a namespace of the platform team.
_NODE_MAKERS = (
    _may(_READ, _KARPENTER, "nodeclaims", "nodeoverlays", "nodepools"),
    _may(_READ, _CLUSTER_API, "machinedeployments"),
)
# Apart from the state: what a client sent may stand in an error message.
_LOGS = _may("get", _CORE, "pods/log")

VIEWER = AccessRole(name="viewer", in_namespace=_STATE)

DEPLOYER = AccessRole(
    name="model-deployer",
    in_namespace=(
        *_STATE,
        _LOGS,
        # The kinds of ModelService, and what watches a model, and no others.
        _may(_CHANGE, _CORE, "configmaps", "persistentvolumeclaims", "serviceaccounts", "services"),
        _may(_CHANGE, "apps", "deployments", "statefulsets"),
        _may(_CHANGE, "autoscaling", "horizontalpodautoscalers"),
        _may(_CHANGE, "batch", "jobs"),
        _may(_CHANGE, _GATEWAY, "httproutes"),
        _may(_CHANGE, _KEDA, "scaledobjects"),
        _may(_CHANGE, _FLAGGER, "canaries", "metrictemplates"),
        # A model without its alerts would fail unnoticed.
        _may(_CHANGE, _MONITORING, "podmonitors", "prometheusrules"),
        _may(_CHANGE, _NETWORKING, "ingresses", "networkpolicies"),
        _may(_CHANGE, "policy", "poddisruptionbudgets"),
    ),
    changes_models=True,
    pod_creation_reason="Models are Deployments, StatefulSets and Jobs; no service account here has a role.",
)

OPERATOR = AccessRole(
    name="platform-operator",
    in_namespace=(
        *_STATE,
        _LOGS,
        _may("get update patch", "apps", "deployments/scale", "statefulsets/scale"),
        # An autoscaler overrides manual scaling of its target.
        _may("update patch", "autoscaling", "horizontalpodautoscalers"),
        _may("update patch", _KEDA, "scaledobjects"),
        # A deleted pod is recreated unchanged: a restart that, unlike a patch of the workload, cannot change what runs.
        _may("delete", _CORE, "pods"),
        _may("create", _CORE, "pods/eviction"),
        # Once a failed import is deleted, the next deployment creates it again.
        _may("delete", "batch", "jobs"),
    ),
    in_cluster=(
        # Why a pod or claim is pending: room, taints, priorities, classes, nodes that are still being made.
        _may(_READ, _CORE, "nodes"),
        _may(_READ, _METRICS, "nodes"),
        _may(_READ, "node.k8s.io", "runtimeclasses"),
        _may(_READ, "scheduling.k8s.io", "priorityclasses"),
        _may(_READ, "storage.k8s.io", "storageclasses"),
        *_NODE_MAKERS,
    ),
)

AUDITOR = AccessRole(
    name="auditor",
    in_namespace=(
        *_STATE,
        _LOGS,
        _may(_READ, _CORE, "podtemplates"),
        _may(_READ, "apps", "controllerrevisions"),
        _may(_READ, "coordination.k8s.io", "leases"),
        _may(_READ, _RBAC, "rolebindings", "roles"),
    ),
    in_cluster=(
        # Who else may reach into the namespace, and what decides on what comes into it.
        _may(_READ, _CORE, "namespaces", "nodes", "persistentvolumes"),
        _may(_READ, _RBAC, "clusterrolebindings", "clusterroles"),
        _may(
            _READ,
            "admissionregistration.k8s.io",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        ),
        _may(_READ, "apiextensions.k8s.io", "customresourcedefinitions"),
        _may(_READ, "apiregistration.k8s.io", "apiservices"),
        _may(_READ, _NETWORKING, "ingressclasses"),
        _may(_READ, _GATEWAY, "gatewayclasses"),
        _may(_READ, "node.k8s.io", "runtimeclasses"),
        _may(_READ, "scheduling.k8s.io", "priorityclasses"),
        _may(_READ, "storage.k8s.io", "storageclasses"),
        *_NODE_MAKERS,
    ),
)
