"""What Flagger needs to move the requests of one model, over REST and over gRPC.

Its target is a Service that selects the version to try, so it starts no pods, copies none, and touches no autoscaler:
https://docs.flagger.app/usage/how-it-works#canary-target. Each protocol has a Canary of its own, because the route that
Flagger makes has one port; both are judged by the same measurements, so both move and both go back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes import core
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.metadata import object_metadata
from components.model_service.args import ModelServiceArgs, ServedVersion, server_labels
from components.model_service.manifests import gate_queries, network
from components.service_mesh.profiles import profile_of
from settings import RELEASE_PROTOCOLS, Autoscaling, GateQuery, Gateway, ProgressiveRelease

FLAGGERS_FIELDS = ("metadata.labels", "metadata.annotations", "spec.selector", "spec.ports")
"""What Flagger copies from the target to the other two Services."""

INITIALIZED: Mapping[str, str] = {"pulumi.com/waitFor": "jsonpath={.status.lastPromotedSpec}"}
"""Awaited of a Canary: its route is there, and leads to the first version."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """The requests of one protocol: its name, the paths that they begin with, and the port that answers them."""

    name: str
    path_prefixes: Sequence[str]
    port: int
    application: str


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A value that the candidate must have: PromQL with one element, and the range that passes."""

    name: str
    query: pulumi.Input[str]
    minimum: float | None = None
    maximum: float | None = None

    @property
    def passing(self) -> Mapping[str, float]:
        """The range that passes, as Flagger has it."""
        limits = {"min": self.minimum, "max": self.maximum}
        return {name: value for name, value in limits.items() if value is not None}


def protocols(served: ServedVersion) -> Sequence[Protocol]:
    """The protocols of a model's servers."""
    server = served.server
    prefixes = [f"/{service}" for service in server.grpc_services]
    http, grpc = RELEASE_PROTOCOLS
    return (
        Protocol(name=http, path_prefixes=[server.http_prefix], port=server.http_port, application="http"),
        Protocol(name=grpc, path_prefixes=prefixes, port=server.grpc_port, application="kubernetes.io/h2c"),
    )


def service(args: ModelServiceArgs, protocol: Protocol, role: str, selected: ServedVersion) -> core.v1.ServiceInitArgs:
    """One of the Services of a protocol; headless, as Flagger cannot copy one with a cluster address.

    It clears `clusterIP` and leaves `clusterIPs`, which API servers have refused since they have the latter.
    """
    port = core.v1.ServicePortArgs(
        name=protocol.name, port=protocol.port, target_port=protocol.port, app_protocol=protocol.application
    )
    return core.v1.ServiceInitArgs(
        metadata=_metadata(
            args,
            f"{args.model.name}-{protocol.name}{role}",
            profile_of(args.mesh).service_annotations(args.meshed),
        ),
        spec=core.v1.ServiceSpecArgs(cluster_ip="None", selector=dict(selected.selector), ports=[port]),
    )


def measurements(judged: ServedVersion, release: ProgressiveRelease, autoscaling: Autoscaling) -> Sequence[Measurement]:
    """What a version must pass, first that it has requests at all."""
    window = autoscaling.window_seconds
    namespace = pulumi.Output.from_input(judged.args.namespace)
    gate = release.gate
    found = [
        Measurement(
            name="requests",
            query=namespace.apply(lambda name: gate_queries.requests_per_second(judged, name, window)),
            minimum=0.0,
        )
    ]
    if gate.success_percent is not None:
        query = namespace.apply(lambda name: gate_queries.success_percent(judged, name, window))
        found.append(Measurement(name="success", query=query, minimum=gate.success_percent))
    if gate.latency_p95_milliseconds is not None:
        query = namespace.apply(lambda name: gate_queries.latency_p95_milliseconds(judged, name, window))
        found.append(Measurement(name="latency-p95", query=query, maximum=float(gate.latency_p95_milliseconds)))
    return (*found, *(_own(each, judged, namespace, window) for each in release.queries))


def _own(asked: GateQuery, judged: ServedVersion, namespace: pulumi.Output[str], window: int) -> Measurement:
    query = namespace.apply(lambda name: gate_queries.own(asked.query, judged, name, window))
    return Measurement(name=f"query-{asked.name}", query=query, minimum=asked.minimum, maximum=asked.maximum)


def template_metadata(args: ModelServiceArgs, measurement: Measurement) -> ObjectMetaArgs:
    """The metadata of a MetricTemplate; a model's name has no dot, so no two models share one."""
    return _metadata(args, f"{args.model.name}.{measurement.name}")


def template_spec(measurement: Measurement, autoscaling: Autoscaling) -> dict[str, Any]:
    """The spec of a MetricTemplate. Source: https://docs.flagger.app/usage/metrics#custom-metrics"""
    return {
        "provider": {"type": "prometheus", "address": autoscaling.prometheus},
        "query": measurement.query,
    }


def canary_metadata(args: ModelServiceArgs, protocol: Protocol) -> ObjectMetaArgs:
    """The metadata of the Canary of a protocol."""
    return _metadata(args, f"{args.model.name}-{protocol.name}", INITIALIZED)


def canary_spec(
    args: ModelServiceArgs,
    protocol: Protocol,
    release: ProgressiveRelease,
    gateway: Gateway,
    judged_by: Sequence[Measurement],
) -> dict[str, Any]:
    """The spec of a Canary. Source: https://docs.flagger.app/usage/deployment-strategies#canary-release"""
    interval = f"{release.interval_seconds}s"
    return {
        "provider": "gatewayapi:v1",
        "targetRef": {"apiVersion": "v1", "kind": "Service", "name": f"{args.model.name}-{protocol.name}"},
        "service": {
            "port": protocol.port,
            "hosts": [args.hostname],
            "gatewayRefs": [network.parent(args, gateway)],
            "match": [{"uri": {"prefix": prefix}} for prefix in protocol.path_prefixes],
            **({"timeout": args.request_timeout} if args.request_timeout else {}),
        },
        "analysis": {
            "interval": interval,
            "threshold": release.failures,
            "stepWeights": [*release.step_percents],
            "stepWeightPromotion": release.promotion_step_percent,
            "metrics": [
                {
                    "name": each.name,
                    "interval": interval,
                    "templateRef": {"name": f"{args.model.name}.{each.name}"},
                    "thresholdRange": each.passing,
                }
                for each in judged_by
            ],
        },
    }


def _metadata(args: ModelServiceArgs, name: str, annotations: Mapping[str, str] | None = None) -> ObjectMetaArgs:
    return object_metadata(name, args.namespace, labels=server_labels(args.model), annotations=annotations)
