"""The sandbox's deployer: server-side apply in dependency order, an inventory in the cluster, and rollouts awaited."""

from sandbox.deployment.changes import Action, Change, FieldChange, Outcome, Plan
from sandbox.deployment.deployer import Deployer
from sandbox.deployment.lock import deployment_lock
from sandbox.deployment.objects import KubernetesObject, kubernetes_objects

__all__ = [
    "Action",
    "Change",
    "Deployer",
    "FieldChange",
    "KubernetesObject",
    "Outcome",
    "Plan",
    "deployment_lock",
    "kubernetes_objects",
]
