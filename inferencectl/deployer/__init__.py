"""The sandbox's deployer: server-side apply in dependency order, rollouts, and an inventory in the cluster."""

from inferencectl.changes import Action, Change, FieldChange, Outcome, Plan
from inferencectl.deployer.deployer import Deployer
from inferencectl.deployer.lock import deployment_lock
from inferencectl.deployer.objects import KubernetesObject, kubernetes_objects, other_than_objects, plain_objects

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
    "other_than_objects",
    "plain_objects",
]
