"""InferenceGraph: models that answer together, as one model."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import apps, autoscaling, core, networking, policy

from components.inference_graph import manifests, pods
from components.inference_graph.args import InferenceGraphArgs
from components.model_service.args import ModelServiceArgs
from settings import Platform
from settings.consistency.graph_tensors import unchecked


class InferenceGraph(pulumi.ComponentResource):
    """A graph of models, answered by a router of the platform's own.

    Owns the router's ServiceAccount, ConfigMap, Deployment, Service, PodDisruptionBudget and, where the settings want
    one, its HorizontalPodAutoscaler; a NetworkPolicy that lets the models' clients and Prometheus in and the router out
    to its models, and one that lets it in to them.

    It does not own the models (ModelService), nor what reads the metrics (MonitoringStack); all of these come from the
    same settings. The router does not wait for its models: it says of each request which of them does not answer.

    Escape hatch: the Deployment is an ordinary Pulumi resource, so a stack transformation may change it.

    Attributes:
        address: the URL that requests to the graph begin with.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: InferenceGraphArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:InferenceGraph", name, None, opts)
        child, scaled = pulumi.ResourceOptions(parent=self), args.graph.router.max_replicas
        if edges := unchecked(args.graph, {served.model.name: served.model for served in args.models}):
            told = f"tensors are unchecked, because nobody has said them, of {', '.join(edges)}"
            pulumi.log.warn(f"graph '{args.graph.name}': {told}", self)
        needed = [
            core.v1.ServiceAccount(f"{name}-account", manifests.service_account(args), child),
            core.v1.ConfigMap(f"{name}-configuration", manifests.config_map(args), child),
            networking.v1.NetworkPolicy(f"{name}-policy", manifests.own_policy(args), child),
            networking.v1.NetworkPolicy(f"{name}-models-policy", manifests.models_policy(args), child),
        ]
        after = pulumi.ResourceOptions(parent=self, depends_on=needed)
        apps.v1.Deployment(f"{name}-deployment", pods.deployment(args), after)
        policy.v1.PodDisruptionBudget(f"{name}-disruption", manifests.disruption_budget(args), child)
        if scaled:
            autoscaler = manifests.autoscaler(args, scaled)
            autoscaling.v2.HorizontalPodAutoscaler(f"{name}-autoscaler", autoscaler, child)
        service = core.v1.Service(f"{name}-service", manifests.service(args), child)
        self.address = service.metadata.namespace.apply(  # pyright: ignore
            lambda namespace: manifests.address(args.graph, namespace)
        )
        self.register_outputs({"address": self.address})


def graphed(
    platform: Platform,
    services: Sequence[ModelServiceArgs],
    image: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> dict[str, pulumi.Output[str]]:
    """The addresses of the stack's graphs; the settings have checked the ``image``."""
    if image is None:
        return {}
    graphs = [InferenceGraphArgs.of(graph, platform, services, image) for graph in platform.graphs]
    return {args.graph.name: InferenceGraph(args.graph.name, args, opts).address for args in graphs}
