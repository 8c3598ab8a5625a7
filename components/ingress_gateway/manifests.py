"""The objects of a gateway, as pure functions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_kubernetes import core, meta, networking
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.closed_namespaces import restricted, to_dns
from components.ingress_gateway.args import IngressGatewayArgs
from components.metadata import MODEL_SAMPLER, MODEL_SERVER, NAMESPACE_NAME_LABEL, object_metadata, select
from components.model_service.manifests.copies import SAMPLER_GRPC_PORT, SAMPLER_PORT
from components.network_peers import address_peers, namespace_peer, scraper_peers, tcp_ports
from components.service_mesh.profiles.istio import METRICS_PORT, XDS_PORT
from settings.cluster.owned_gateway.owned_gateway import ServiceType
from settings.consistency import gateway_hosts

PORT = 443
# Whatever a controller makes of a Gateway carries its name. https://gateway-api.sigs.k8s.io/geps/gep-1762/
GATEWAY_NAME_LABEL = "gateway.networking.k8s.io/gateway-name"
_SERVICE_TYPE = "networking.istio.io/service-type"
_ENVOY_METRICS_PORT = 15090
_STATUS_PORT = 15021
_HOST_NAME = "kubernetes.io/hostname"


def namespace(args: IngressGatewayArgs) -> core.v1.NamespaceInitArgs:
    """A namespace for proxies alone; those of Istio are as restricted as Pod Security can have them."""
    return core.v1.NamespaceInitArgs(metadata=object_metadata(args.gateway.namespace, labels=restricted()))


def network_policy(args: IngressGatewayArgs) -> networking.v1.NetworkPolicyInitArgs:
    """Clients reach the listeners; the proxies reach their controller, names, and the servers and samplers of models.

    Istio's proxies listen at the ports of the listeners, those of other classes wherever their controller says.
    """
    owned = args.owned
    ingress = [
        networking.v1.NetworkPolicyIngressRuleArgs(
            from_=address_peers(owned.clients) if owned.clients else None,
            # Load balancers ask at the status port whether a proxy is there.
            ports=tcp_ports(PORT, _STATUS_PORT) if owned.is_istios else _any_tcp_port(),
        )
    ]
    scrapers = scraper_peers(args.autoscaling, args.monitoring)
    if scrapers and owned.is_istios:
        ports = tcp_ports(METRICS_PORT, _ENVOY_METRICS_PORT)
        ingress.append(networking.v1.NetworkPolicyIngressRuleArgs(from_=scrapers, ports=ports))
    istiod = namespace_peer(args.controller, {"app": "istiod"})
    configured = networking.v1.NetworkPolicyEgressRuleArgs(
        to=[istiod if owned.is_istios else namespace_peer(args.controller)],
        ports=tcp_ports(XDS_PORT) if owned.is_istios else _any_tcp_port(),
    )
    served = networking.v1.NetworkPolicyEgressRuleArgs(to=[_pods_of(args, MODEL_SERVER)], ports=_any_tcp_port())
    copied = networking.v1.NetworkPolicyEgressRuleArgs(
        to=[_pods_of(args, MODEL_SAMPLER)], ports=tcp_ports(SAMPLER_PORT, SAMPLER_GRPC_PORT)
    )
    return networking.v1.NetworkPolicyInitArgs(
        metadata=metadata(args),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=select({GATEWAY_NAME_LABEL: args.gateway.name}),
            policy_types=["Ingress", "Egress"],
            ingress=ingress,
            egress=[to_dns(), configured, served, *([copied] if args.sampled else [])],
        ),
    )


def _pods_of(args: IngressGatewayArgs, component: str) -> networking.v1.NetworkPolicyPeerArgs:
    return networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=meta.v1.LabelSelectorArgs(match_labels={NAMESPACE_NAME_LABEL: args.models}),
        pod_selector=select({"app.kubernetes.io/component": component}),
    )


def certificate_spec(args: IngressGatewayArgs) -> dict[str, Any]:
    """The spec of a Certificate. Source: https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec"""
    wanted, issuer = args.owned.certificate, args.owned.certificate.issuer
    if issuer is None:
        raise ValueError(f"gateway {args.gateway.name}: a certificate without an issuer is in a Secret already")
    return {
        "secretName": args.certificate_secret,
        "dnsNames": [*args.certificate_names],
        "issuerRef": {"group": "cert-manager.io", "kind": issuer.kind.value, "name": issuer.name},
        "duration": f"{wanted.duration_hours}h0m0s",
        "renewBefore": f"{wanted.renew_before_hours}h0m0s",
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "usages": ["digital signature", "server auth"],
    }


def proxies(args: IngressGatewayArgs) -> core.v1.ConfigMapInitArgs:
    """What Istio changes of the objects that it deploys for the Gateway.

    Without a seccomp profile, Pod Security's restricted profile would refuse its pods.

    Source: https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#automated-deployment
    """
    spread = {
        "maxSkew": 1,
        "topologyKey": _HOST_NAME,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {GATEWAY_NAME_LABEL: args.gateway.name}},
    }
    pod = {
        "automountServiceAccountToken": False,
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "topologySpreadConstraints": [spread],
    }
    deployment = {"spec": {"replicas": args.owned.replicas, "template": {"spec": pod}}}
    budget = {"spec": {"maxUnavailable": 1}}
    data = {"deployment": deployment, "podDisruptionBudget": budget}
    if args.owned.clients and args.owned.service_type is not ServiceType.CLUSTER_IP:
        # Else the policy would see addresses of nodes in place of the clients'.
        data["service"] = {"spec": {"externalTrafficPolicy": "Local"}}
    metadata = object_metadata(f"{args.gateway.name}-proxies", args.gateway.namespace)
    return core.v1.ConfigMapInitArgs(metadata=metadata, data={key: json.dumps(value) for key, value in data.items()})


def metadata(args: IngressGatewayArgs) -> ObjectMetaArgs:
    """The metadata of an object that is called as the gateway is."""
    return object_metadata(args.gateway.name, args.gateway.namespace)


def gateway_metadata(args: IngressGatewayArgs) -> ObjectMetaArgs:
    """The metadata of the Gateway. Without the label, Istio's default revision runs it, where there is one."""
    labels = {"istio.io/rev": args.revision} if args.owned.is_istios and args.revision else None
    annotations = {_SERVICE_TYPE: args.owned.service_type.value} if args.owned.is_istios else None
    return object_metadata(args.gateway.name, args.gateway.namespace, labels=labels, annotations=annotations)


def spec(args: IngressGatewayArgs) -> dict[str, Any]:
    """The spec of the Gateway: a listener for what is right below its domain, and one for each other host name.

    Source: https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec
    """
    wildcard = gateway_hosts.wildcard_of(args.gateway)
    infrastructure: dict[str, Any] = {}
    if args.owned.annotations:
        infrastructure["annotations"] = dict(args.owned.annotations)
    if args.owned.is_istios:
        infrastructure["parametersRef"] = {"group": "", "kind": "ConfigMap", "name": f"{args.gateway.name}-proxies"}
    return {
        "gatewayClassName": args.owned.class_name,
        "listeners": [
            _listener(args, gateway_hosts.WILDCARD_LISTENER, wildcard),
            *(_listener(args, gateway_hosts.listener_of(host, args.gateway), host) for host in args.own_hosts),
        ],
        **({"infrastructure": infrastructure} if infrastructure else {}),
    }


def _listener(args: IngressGatewayArgs, name: str, host: str) -> Mapping[str, Any]:
    options = {"options": dict(args.owned.tls_options)} if args.owned.tls_options else {}
    selector = {"matchLabels": {NAMESPACE_NAME_LABEL: args.models}}
    return {
        "name": name,
        "hostname": host,
        "port": PORT,
        "protocol": "HTTPS",
        "tls": {"mode": "Terminate", "certificateRefs": [{"name": args.certificate_secret}], **options},
        "allowedRoutes": {"namespaces": {"from": "Selector", "selector": selector}},
    }


def _any_tcp_port() -> Sequence[networking.v1.NetworkPolicyPortArgs]:
    return [networking.v1.NetworkPolicyPortArgs(protocol="TCP")]
