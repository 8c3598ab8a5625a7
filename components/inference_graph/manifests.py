"""What the router of a graph has around its pods, as pure functions."""

from collections.abc import Mapping

from pulumi_kubernetes import autoscaling, core, meta, networking, policy

from components.identity import account_of
from components.inference_graph.args import InferenceGraphArgs
from components.metadata import INFERENCE_GRAPH, MODEL_SERVER, object_metadata, select
from components.model_service.args import primary_version, server_labels
from components.network_peers import client_peers, scraper_peers, tcp_ports
from settings.graph.graph import Graph

PORT, METRICS_PORT = 8080, 9090
METRICS_PATH = "/metrics"
_CPU_PERCENT = 70


def router_labels(graph: str) -> Mapping[str, str]:
    """The labels of the router's pods and of its other objects."""
    return {"app.kubernetes.io/name": graph, "app.kubernetes.io/component": INFERENCE_GRAPH}


def metadata(args: InferenceGraphArgs, suffix: str = "") -> meta.v1.ObjectMetaArgs:
    """The metadata of the router's objects."""
    return object_metadata(f"{args.graph.name}{suffix}", args.namespace, labels=router_labels(args.graph.name))


def service_account(args: InferenceGraphArgs) -> core.v1.ServiceAccountInitArgs:
    """An identity that may do nothing."""
    return account_of(metadata(args), args.pull_secrets)


def config_map(args: InferenceGraphArgs) -> core.v1.ConfigMapInitArgs:
    """What the router reads when it starts."""
    return core.v1.ConfigMapInitArgs(metadata=metadata(args), data=args.files)


def service(args: InferenceGraphArgs) -> core.v1.ServiceInitArgs:
    """Where clients ask."""
    port = core.v1.ServicePortArgs(name="http", port=PORT, target_port=PORT, app_protocol="http")
    selector = dict(router_labels(args.graph.name))
    return core.v1.ServiceInitArgs(
        metadata=metadata(args), spec=core.v1.ServiceSpecArgs(type="ClusterIP", selector=selector, ports=[port])
    )


def address(graph: Graph, namespace: str) -> str:
    """The URL that requests to the graph begin with."""
    return f"http://{graph.name}.{namespace}.svc:{PORT}/v2/models/{graph.name}"


def own_policy(args: InferenceGraphArgs) -> networking.v1.NetworkPolicyInitArgs:
    """Requests in from the namespaces of clients, and scrapes; out to each model at the port that it is asked at."""
    rules = [networking.v1.NetworkPolicyIngressRuleArgs(from_=client_peers(), ports=tcp_ports(PORT))]
    if scrapers := scraper_peers(None, args.monitoring):
        rules.append(networking.v1.NetworkPolicyIngressRuleArgs(from_=scrapers, ports=tcp_ports(METRICS_PORT)))
    return networking.v1.NetworkPolicyInitArgs(
        metadata=metadata(args),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=select(router_labels(args.graph.name)),
            policy_types=["Ingress", "Egress"],
            ingress=rules,
            egress=[
                networking.v1.NetworkPolicyEgressRuleArgs(
                    to=[networking.v1.NetworkPolicyPeerArgs(pod_selector=select(server_labels(served.model)))],
                    ports=tcp_ports(primary_version(served).server.http_port),
                )
                for served in args.models
            ],
        ),
    )


def models_policy(args: InferenceGraphArgs) -> networking.v1.NetworkPolicyInitArgs:
    """In to the models for the router, beside those that a model's exposure lets in."""
    router = networking.v1.NetworkPolicyPeerArgs(pod_selector=select(router_labels(args.graph.name)))
    ports = sorted({primary_version(served).server.http_port for served in args.models})
    names = [served.model.name for served in args.models]
    return networking.v1.NetworkPolicyInitArgs(
        metadata=metadata(args, "-models"),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=meta.v1.LabelSelectorArgs(
                match_labels={"app.kubernetes.io/component": MODEL_SERVER},
                match_expressions=[
                    meta.v1.LabelSelectorRequirementArgs(key="app.kubernetes.io/name", operator="In", values=names)
                ],
            ),
            policy_types=["Ingress"],
            ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=[router], ports=tcp_ports(*ports))],
        ),
    )


def disruption_budget(args: InferenceGraphArgs) -> policy.v1.PodDisruptionBudgetInitArgs:
    """One pod at a time; one that is not Ready never blocks a drain."""
    return policy.v1.PodDisruptionBudgetInitArgs(
        metadata=metadata(args),
        spec=policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=select(router_labels(args.graph.name)),
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
    )


def autoscaler(args: InferenceGraphArgs, most: int) -> autoscaling.v2.HorizontalPodAutoscalerInitArgs:
    """Follows the CPU, which is all that a router is short of: its memory is bounded by what it takes."""
    target = autoscaling.v2.MetricTargetArgs(type="Utilization", average_utilization=_CPU_PERCENT)
    cpu = autoscaling.v2.ResourceMetricSourceArgs(name="cpu", target=target)
    return autoscaling.v2.HorizontalPodAutoscalerInitArgs(
        metadata=metadata(args),
        spec=autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=autoscaling.v2.CrossVersionObjectReferenceArgs(
                api_version="apps/v1", kind="Deployment", name=args.graph.name
            ),
            min_replicas=args.graph.router.replicas,
            max_replicas=most,
            metrics=[autoscaling.v2.MetricSpecArgs(type="Resource", resource=cpu)],
        ),
    )
