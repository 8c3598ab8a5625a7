"""Istio with a proxy in every pod, as a native sidecar.

The cluster has istiod, and Istio's CNI plug-in, without which the init container that redirects traffic would need
capabilities that Pod Security's restricted profile refuses. docs/adr/0056-service-mesh.md says why it is used so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from pulumi_kubernetes import meta, networking
from pulumi_kubernetes.networking.v1 import NetworkPolicyPeerArgs

from components.metadata import MODEL_VERIFICATION, NO_SIDECAR_REASON, SERVICE_MESH, object_metadata
from components.network_peers import namespace_peer, tcp_ports
from components.service_mesh.args import ServiceMeshArgs
from components.service_mesh.istio import access_logs, authentication, authorization, limits, scope, traffic
from components.service_mesh.mesh_object import MeshObject
from components.service_mesh.meshed_model import Identity, MeshedModel
from components.service_mesh.profile import (
    Counter,
    Kinds,
    Metrics,
    NamedPolicies,
    PodMarks,
    Profile,
    RequestCounter,
)
from settings import Mesh

# https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
XDS_PORT = 15012
METRICS_PORT, METRICS_PATH = 15020, "/stats/prometheus"
_NETWORKING, _SECURITY = "networking.istio.io", "security.istio.io"


def _principal(trust_domain: str, pods: Identity) -> str:
    """What is in the certificate of the pods; older proxies left out the scheme."""
    account = _literally(pods.service_account) if pods.service_account else "[^/]+"
    return f"(spiffe://)?{_literally(trust_domain)}/ns/{pods.namespace}/sa/{account}"


def _literally(name: str) -> str:
    # In brackets, as a backslash has a meaning of its own in PromQL's strings.
    return name.replace(".", "[.]")


class Istio(Profile):
    """Every request is encrypted by mutual TLS, and authorised by who sends it."""

    def namespace_labels(self, mesh: Mesh, /) -> Mapping[str, str]:
        """Istio's webhook gives every pod of the namespace a proxy."""
        return {"istio.io/rev": mesh.revision} if mesh.revision else {"istio-injection": "enabled"}

    def inside(self, mesh: Mesh, /, *, storage_ports: Sequence[int] = (), metrics: Metrics | None = None) -> PodMarks:
        """A native sidecar starts before the init containers and ends after the others, so that Jobs end.

        Object storage is reached past the proxy: those connections are TLS from end to end already, network policies
        bound where they lead, and gigabytes would take the proxy's share of the CPU.

        Source: https://istio.io/latest/docs/reference/config/annotations/
        """
        proxy = mesh.proxy
        annotations = {
            "sidecar.istio.io/nativeSidecar": "true",
            # The kubelet has no certificate of the mesh: it asks the proxy's agent, which asks the server.
            "sidecar.istio.io/rewriteAppHTTPProbers": "true",
            "sidecar.istio.io/proxyCPU": proxy.cpu,
            "sidecar.istio.io/proxyCPULimit": proxy.cpu,
            "sidecar.istio.io/proxyMemory": proxy.memory,
            "sidecar.istio.io/proxyMemoryLimit": proxy.memory,
        }
        if storage_ports:
            annotations["traffic.sidecar.istio.io/excludeOutboundPorts"] = ",".join(map(str, storage_ports))
        if metrics is not None:
            # The agent merges what it reads there with its own, and Istio changes these to where the agent answers.
            annotations |= {
                "prometheus.io/scrape": "true",
                "prometheus.io/port": str(metrics.port),
                "prometheus.io/path": metrics.path,
            }
        return PodMarks(annotations=annotations)

    def outside(self, reason: str, /) -> PodMarks:
        """No proxy where there is nothing to encrypt or to authorise."""
        return PodMarks(labels={"sidecar.istio.io/inject": "false"}, annotations={NO_SIDECAR_REASON: reason})

    def scraped(self, _: Metrics, /) -> Metrics:
        """At the agent, which is outside mutual TLS: a server's own port takes nothing in plain text."""
        return Metrics(port=METRICS_PORT, path=METRICS_PATH)

    def failed_scrapes(self) -> Counter | None:
        """The agent answers 200 with its own series when the server's cannot be had, and only counts that.

        Source: pilot/cmd/pilot-agent/status/server.go, handleStats; pilot/cmd/pilot-agent/metrics/metrics.go
        """
        return Counter(name="istio_agent_scrape_failures_total", matchers=('type="application"',))

    def requests(self, mesh: Mesh, /) -> RequestCounter:
        """Each request once, by the proxy of the pod that it has reached.

        Source: https://istio.io/latest/docs/reference/config/metrics/ and istio/proxy:
        source/extensions/filters/http/istio_stats/istio_stats.cc
        """
        return RequestCounter(
            name="istio_requests_total",
            matchers=('reporter="destination"',),
            source="source_principal",
            identity=partial(_principal, mesh.trust_domain),
            status="response_code",
            grpc_status="grpc_response_status",
        )

    def clients(self, model: MeshedModel, /) -> Sequence[NetworkPolicyPeerArgs]:
        """The namespaces of the entrance and of the declared callers, and no others."""
        return [namespace_peer(name) for name in model.client_namespaces]

    def service_annotations(self, model: MeshedModel, /) -> Mapping[str, str]:
        """Only the proxies of a model's clients are told of it: with 1,000 models, the others need not know them."""
        return {"networking.istio.io/exportTo": ",".join(scope.visible_in(model))}

    def kinds(self) -> Sequence[Kinds]:
        """All that the functions below make."""
        return [
            Kinds(group=_NETWORKING, resources=["destinationrules", "envoyfilters", "sidecars", "virtualservices"]),
            Kinds(
                group=_SECURITY, resources=["authorizationpolicies", "peerauthentications", "requestauthentications"]
            ),
            Kinds(group="telemetry.istio.io", resources=["telemetries"]),
        ]

    def kinds_of_models(self) -> Sequence[Kinds]:
        """Who may call a model, and how."""
        return [
            Kinds(group=_NETWORKING, resources=["destinationrules", "virtualservices"]),
            Kinds(group=_SECURITY, resources=["authorizationpolicies", "requestauthentications"]),
        ]

    def closing_policies(self) -> Sequence[NamedPolicies]:
        """The policy that denies by default."""
        names = [f"{SERVICE_MESH}-{authorization.default_deny().name}"]
        resources, versions = ["authorizationpolicies"], ["v1", "v1beta1"]
        return [NamedPolicies(group=_SECURITY, resources=resources, versions=versions, names=names)]

    def network_policy(self, name: str, args: ServiceMeshArgs, /) -> networking.v1.NetworkPolicyInitArgs:
        """Every proxy reaches its control plane; who reads metrics is up to the policy of each model's pods."""
        istiod = namespace_peer(args.mesh.control_plane_namespace, {"app": "istiod"})
        return networking.v1.NetworkPolicyInitArgs(
            metadata=object_metadata(name, args.namespace),
            spec=networking.v1.NetworkPolicySpecArgs(
                pod_selector=meta.v1.LabelSelectorArgs(),
                policy_types=["Ingress", "Egress"],
                egress=[networking.v1.NetworkPolicyEgressRuleArgs(to=[istiod], ports=tcp_ports(XDS_PORT))],
            ),
        )

    def closing(self, _: ServiceMeshArgs, /) -> Sequence[MeshObject]:
        """Mutual TLS for all pods, no request to any, and no way out."""
        return [authentication.strict(), authorization.default_deny(), scope.nothing()]

    def objects(self, args: ServiceMeshArgs, /) -> Sequence[MeshObject]:
        """What opens the namespace: each model to its callers."""
        verification = [scope.of_namespace(MODEL_VERIFICATION)] if args.verifier else []
        logs = [access_logs.of_namespace(args.mesh.access_logs)] if args.mesh.access_logs else []
        return [
            *verification,
            *logs,
            *(each for model in args.models for each in authentication.tokens(args.mesh, model)),
            *(each for model in args.models for each in self._callers(args, model)),
            *(each for model in args.models for each in traffic.objects(model)),
        ]

    def _callers(self, args: ServiceMeshArgs, model: MeshedModel) -> Sequence[MeshObject]:
        """Who gets in, after the limits of it: a deployment that fails half-way lets in nobody without them."""
        limited = limits.objects(args.mesh, model)
        return [*limited, replace(authorization.allow(args, model), after=limited)]
