"""The addresses of a model, and who may reach them."""

from collections.abc import Mapping
from typing import Any

from pulumi_kubernetes import core, networking

from components.metadata import SKIP_AWAIT_ANNOTATION, object_metadata, select
from components.model_service.args import (
    ModelServiceArgs,
    ServedVersion,
    model_metadata,
    primary_version,
    server_labels,
)
from components.model_service.manifests.copies import SAMPLER_GRPC_PORT, SAMPLER_PORT, copied
from components.model_service.manifests.metrics import scraped_metrics
from components.model_service.manifests.storage import import_labels
from components.model_service.manifests.workload import headless_name
from components.model_service.strategies import Requests, strategy_of
from components.network_peers import address_peers, scraper_peers, tcp_ports
from components.object_storage import to_storage
from components.service_mesh.profiles import profile_of
from settings import Exposure, Gateway, Ingress
from settings.consistency import gateway_hosts

_SERVICE_TYPES: Mapping[Exposure, str] = {
    Exposure.CLUSTER_IP: "ClusterIP",
    Exposure.NODE_PORT: "NodePort",
    Exposure.LOAD_BALANCER: "LoadBalancer",
    Exposure.INGRESS: "ClusterIP",
    Exposure.GATEWAY: "ClusterIP",
}
_SESSION_SECONDS = 10_800
_NOT_AWAITED = {SKIP_AWAIT_ANNOTATION: "true"}


def stable_service(args: ModelServiceArgs) -> core.v1.ServiceInitArgs:
    """The model's stable address, backed by the version that the release strategy puts there."""
    return core.v1.ServiceInitArgs(
        metadata=model_metadata(args, _service_annotations(args, {**args.model.service_annotations, **_awaited(args)})),
        spec=_service_spec(strategy_of(args).stable_version, _SERVICE_TYPES[args.model.exposure]),
    )


def version_service(served: ServedVersion) -> core.v1.ServiceInitArgs:
    """The address of one version: routes split requests over these, and each version can be inspected on its own."""
    awaited = _awaited(served.args) if served.is_running else _NOT_AWAITED
    annotations = _service_annotations(served.args, awaited)
    return core.v1.ServiceInitArgs(
        metadata=object_metadata(served.name, served.args.namespace, labels=served.labels, annotations=annotations),
        spec=_service_spec(served, "ClusterIP"),
    )


def headless_service(served: ServedVersion) -> core.v1.ServiceInitArgs:
    """The DNS names of a stateful version's pods, which exist before the pods are ready."""
    return core.v1.ServiceInitArgs(
        metadata=object_metadata(
            headless_name(served),
            served.args.namespace,
            labels=served.labels,
            annotations=_service_annotations(served.args, {}),
        ),
        spec=core.v1.ServiceSpecArgs(
            cluster_ip="None",
            publish_not_ready_addresses=True,
            selector=dict(served.selector),
            ports=_service_ports(served),
        ),
    )


def _service_annotations(args: ModelServiceArgs, own: Mapping[str, str]) -> Mapping[str, str]:
    return {**own, **profile_of(args.mesh).service_annotations(args.meshed)}


def _awaited(args: ModelServiceArgs) -> Mapping[str, str]:
    """A model scaled to zero has no endpoints, and an update would wait in vain for its Services to get one."""
    can_be_zero = args.model.scaling is not None and args.model.min_replicas == 0
    return _NOT_AWAITED if can_be_zero else {}


def _service_spec(served: ServedVersion, service_type: str) -> core.v1.ServiceSpecArgs:
    sticky = core.v1.SessionAffinityConfigArgs(client_ip=core.v1.ClientIPConfigArgs(timeout_seconds=_SESSION_SECONDS))
    return core.v1.ServiceSpecArgs(
        type=service_type,
        selector=dict(served.selector),
        ports=_service_ports(served),
        session_affinity="ClientIP" if served.model.stateful else "None",
        session_affinity_config=sticky if served.model.stateful else None,
        # Preserves the client's address, which network policies on addresses need to match.
        external_traffic_policy=None if service_type == "ClusterIP" else "Local",
    )


def _service_ports(served: ServedVersion) -> list[core.v1.ServicePortArgs]:
    server = served.server
    return [
        core.v1.ServicePortArgs(
            name="grpc", port=server.grpc_port, target_port=server.grpc_port, app_protocol="kubernetes.io/h2c"
        ),
        core.v1.ServicePortArgs(name="http", port=server.http_port, target_port=server.http_port, app_protocol="http"),
    ]


def server_policy(args: ModelServiceArgs) -> networking.v1.NetworkPolicyInitArgs:
    """Requests in from the exposure's clients, scrapes in, and, if pods copy the model themselves, storage out."""
    server = primary_version(args).server
    rules = [
        networking.v1.NetworkPolicyIngressRuleArgs(
            from_=_clients(args), ports=tcp_ports(server.grpc_port, server.http_port)
        )
    ]
    if scrapers := scraper_peers(args.autoscaling, args.monitoring):
        ports = tcp_ports(scraped_metrics(primary_version(args)).port)
        rules.append(networking.v1.NetworkPolicyIngressRuleArgs(from_=scrapers, ports=ports))
    return networking.v1.NetworkPolicyInitArgs(
        metadata=model_metadata(args),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=select(server_labels(args.model)),
            policy_types=["Ingress", "Egress"],
            ingress=rules,
            egress=[] if args.model.volume else to_storage(args.storage),
        ),
    )


def import_policy(args: ModelServiceArgs) -> networking.v1.NetworkPolicyInitArgs:
    """Object storage out for the import Jobs of a model."""
    labels = {key: value for key, value in import_labels(primary_version(args)).items() if not key.endswith("/version")}
    return networking.v1.NetworkPolicyInitArgs(
        metadata=object_metadata(f"{args.model.name}-import", args.namespace, labels=labels),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=select(labels), policy_types=["Ingress", "Egress"], egress=to_storage(args.storage)
        ),
    )


def _clients(args: ModelServiceArgs) -> list[networking.v1.NetworkPolicyPeerArgs]:
    if args.model.exposure in (Exposure.NODE_PORT, Exposure.LOAD_BALANCER):
        return address_peers(args.model.clients)
    return [*profile_of(args.mesh).clients(args.meshed)]


def route(args: ModelServiceArgs, gateway: Gateway) -> dict[str, Any]:
    """The spec of an HTTPRoute that leads requests to the versions as the release strategy says, HTTP as gRPC.

    Both are one HTTPRoute: a GRPCRoute may not share a host name with it, and gRPC is HTTP/2 requests whose paths begin
    with the name of the service.
    """
    server, strategy = primary_version(args).server, strategy_of(args)
    http = Requests(path_prefixes=[server.http_prefix], port=server.http_port)
    grpc = Requests(path_prefixes=[f"/{service}" for service in server.grpc_services], port=server.grpc_port)
    limit = {"timeouts": {"request": args.request_timeout}} if args.request_timeout else {}
    return {
        "parentRefs": [parent(args, gateway)],
        "hostnames": [args.hostname],
        "rules": [
            {**rule, **limit}
            for requests, port in ((http, SAMPLER_PORT), (grpc, SAMPLER_GRPC_PORT))
            for rule in copied(strategy.rules(requests), args, port)
        ],
    }


def parent(args: ModelServiceArgs, gateway: Gateway) -> dict[str, str]:
    """The gateway as the parent of a route; of one that the stack owns, the listener for the model's host name."""
    listener = {"sectionName": gateway_hosts.listener_of(args.hostname, gateway)} if gateway.owned else {}
    return {"name": gateway.name, "namespace": gateway.namespace, **listener}


def ingress(args: ModelServiceArgs, controller: Ingress) -> networking.v1.IngressInitArgs:
    """HTTP requests to the stable address, over TLS with the certificate of ``<model>-tls``."""
    server = primary_version(args).server
    backend = networking.v1.IngressServiceBackendArgs(
        name=args.model.name, port=networking.v1.ServiceBackendPortArgs(number=server.http_port)
    )
    path = networking.v1.HTTPIngressPathArgs(
        path=server.http_prefix, path_type="Prefix", backend=networking.v1.IngressBackendArgs(service=backend)
    )
    return networking.v1.IngressInitArgs(
        metadata=model_metadata(args, controller.annotations),
        spec=networking.v1.IngressSpecArgs(
            ingress_class_name=controller.class_name,
            tls=[networking.v1.IngressTLSArgs(hosts=[args.hostname], secret_name=f"{args.model.name}-tls")],
            rules=[
                networking.v1.IngressRuleArgs(
                    host=args.hostname, http=networking.v1.HTTPIngressRuleValueArgs(paths=[path])
                )
            ],
        ),
    )


def address(args: ModelServiceArgs, namespace: str) -> str:
    """The URL that HTTP requests to the model begin with."""
    server = primary_version(args).server
    if args.model.exposure in (Exposure.GATEWAY, Exposure.INGRESS):
        return f"https://{args.hostname}{server.http_prefix}"
    return f"http://{args.model.name}.{namespace}.svc:{server.http_port}{server.http_prefix}"
