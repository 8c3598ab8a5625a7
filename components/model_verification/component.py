"""ModelVerification: what is served is compared, again and again, with what was published."""

import pulumi
from pulumi_kubernetes import batch, core, networking

from components.model_verification import manifests
from components.model_verification.args import ModelVerificationArgs


class ModelVerification(pulumi.ComponentResource):
    """A CronJob that asks every version of the models for the predictions recorded when it was published.

    Owns the CronJob, a ConfigMap with what it asks and a ServiceAccount without a token; a NetworkPolicy that lets its
    pods out to the models and to object storage, and one that lets them in to the models, whoever else is let in.

    It does not own the models, nor alerts on failed Jobs. Models that may be scaled to zero are left out: to ask them
    would wake them. So are models whose runtime has no typed protocol. A version published without
    ``assets.extra/verification.json`` fails.

    Escape hatch: the CronJob is an ordinary Pulumi resource, so a stack transformation may change it.
    """

    def __init__(self, name: str, args: ModelVerificationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:ModelVerification", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        needed = [
            core.v1.ServiceAccount(f"{name}-account", manifests.service_account(name, args), child),
            core.v1.ConfigMap(f"{name}-targets", manifests.config_map(name, args), child),
            networking.v1.NetworkPolicy(f"{name}-policy", manifests.own_policy(name, args), child),
            networking.v1.NetworkPolicy(f"{name}-servers-policy", manifests.servers_policy(name, args), child),
        ]
        after = pulumi.ResourceOptions(parent=self, depends_on=needed)
        batch.v1.CronJob(f"{name}-schedule", manifests.cron_job(name, args), after)
        self.register_outputs({})
