"""ModelSampling: what a model is asked and answers is compared with the distribution stored with its version."""

from dataclasses import replace

import pulumi
from pulumi_kubernetes import apps, core, networking

from components.model_sampling import manifests
from components.model_sampling.args import ModelSamplingArgs
from components.model_service.args import ModelServiceArgs


class ModelSampling(pulumi.ComponentResource):
    """A sampler for one model, which gets copies of its requests and asks the model again.

    Owns the sampler's Deployment and Service, a NetworkPolicy that lets the gateway and Prometheus in and the sampler
    out to the model and to object storage, and one that lets it in to the model.

    It does not own the model, nor its ServiceAccount, as which the sampler runs, nor the rule of its route that copies
    requests (ModelService), nor what reads the metrics (MonitoringStack); all of these come from the same settings.
    Nobody waits for the sampler: a deployment does not fail with it.

    Escape hatch: the Deployment is an ordinary Pulumi resource, so a stack transformation may change it.

    Attributes:
        namespace: the namespace's name, known only once copies have an address, so that the model's route comes after.
    """

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: ModelSamplingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:ModelSampling", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        needed = [
            networking.v1.NetworkPolicy(f"{name}-policy", manifests.own_policy(args), child),
            networking.v1.NetworkPolicy(f"{name}-model-policy", manifests.model_policy(args), child),
        ]
        after = pulumi.ResourceOptions(parent=self, depends_on=needed)
        apps.v1.Deployment(f"{name}-deployment", manifests.deployment(args), after)
        address = core.v1.Service(f"{name}-service", manifests.service(args), child)
        self.namespace = address.metadata.namespace  # pyright: ignore
        self.register_outputs({"namespace": self.namespace})


def sampled(
    service: ModelServiceArgs, image: pulumi.Input[str] | None, opts: pulumi.ResourceOptions
) -> ModelServiceArgs:
    """The model as it is, or with its sampler, if its settings want one; the settings have checked the ``image``."""
    sampling = service.model.sampling
    if sampling is None or image is None:
        return service
    args = ModelSamplingArgs(service=service, sampling=sampling, image=image)
    return replace(service, namespace=ModelSampling(f"{service.model.name}-sampler", args, opts).namespace)
