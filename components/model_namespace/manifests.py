"""The objects of a model namespace, as pure functions."""

import math
from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import core, meta, networking, node, scheduling

from components.accelerators import toleration
from components.closed_namespaces import DEFAULT_DENY, restricted, to_dns
from components.metadata import object_metadata
from components.model_namespace.args import ModelNamespaceArgs
from components.service_mesh.profiles import profile_of
from settings import VENDORS, RuntimeClass, Vendor

SERVING_PRIORITY = 100_000
CLOSING_POLICIES = (DEFAULT_DENY, "allow-dns")
"""The network policies that close the namespace."""


def namespace(args: ModelNamespaceArgs) -> core.v1.NamespaceInitArgs:
    """A namespace in which the API server enforces Pod Security's restricted profile."""
    of_mesh = profile_of(args.mesh).namespace_labels(args.mesh)
    metadata = object_metadata(args.namespace, labels={**restricted(), **of_mesh})
    return core.v1.NamespaceInitArgs(metadata=metadata)


def resource_quota(args: ModelNamespaceArgs) -> core.v1.ResourceQuotaInitArgs:
    """The total that all pods of the namespace may request."""
    quota = args.quota
    return core.v1.ResourceQuotaInitArgs(
        metadata=object_metadata("models", args.namespace),
        spec=core.v1.ResourceQuotaSpecArgs(
            hard={
                "requests.cpu": quota.cpu,
                "limits.cpu": quota.cpu,
                "requests.memory": quota.memory,
                "limits.memory": quota.memory,
                "requests.storage": quota.storage,
                **{f"requests.{resource}": str(count) for resource, count in _device_limits(args).items()},
                "pods": str(quota.pods),
            }
        ),
    )


def _device_limits(args: ModelNamespaceArgs) -> Mapping[str, int]:
    """How many devices of each kind are allowed: as many as the quota's cards can be divided into."""
    limits = {VENDORS[Vendor.NVIDIA].resource: args.quota.gpus}
    for pool in args.pools:
        for offer in pool.offers:
            devices = math.floor(args.quota.gpus / offer.card_part)
            limits[offer.resource] = max(devices, limits.get(offer.resource, 0))
    return limits


def limit_range(namespace: str) -> core.v1.LimitRangeInitArgs:
    """The resources of a container that states none, such as one started by hand."""
    return core.v1.LimitRangeInitArgs(
        metadata=object_metadata("models", namespace),
        spec=core.v1.LimitRangeSpecArgs(
            limits=[
                core.v1.LimitRangeItemArgs(
                    type="Container",
                    default={"cpu": "500m", "memory": "512Mi"},
                    default_request={"cpu": "100m", "memory": "128Mi"},
                )
            ]
        ),
    )


def allow_dns(namespace: pulumi.Input[str]) -> networking.v1.NetworkPolicyInitArgs:
    """Name look-ups at the cluster's DNS, over UDP and, for long answers, TCP."""
    return networking.v1.NetworkPolicyInitArgs(
        metadata=object_metadata(CLOSING_POLICIES[1], namespace),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=meta.v1.LabelSelectorArgs(),
            policy_types=["Egress"],
            egress=[to_dns()],
        ),
    )


def serving_priority(namespace: str) -> scheduling.v1.PriorityClassInitArgs:
    """Model servers have priority over batch work when a node is full. The class is cluster-scoped."""
    return scheduling.v1.PriorityClassInitArgs(
        metadata=object_metadata(f"{namespace}-serving"),
        value=SERVING_PRIORITY,
        global_default=False,
        description="Model servers that answer requests.",
    )


def runtime_class(name: str, handler: str, runtime: RuntimeClass) -> node.v1.RuntimeClassInitArgs:
    """A way to run containers that the nodes' container engine calls ``handler``.

    The API server adds the class's overhead, node selector and tolerations to every pod that names it.
    Source: https://kubernetes.io/docs/concepts/containers/runtime-class/
    """
    overhead = {resource: amount for resource, amount in runtime.overhead.model_dump().items() if amount}
    placed = node.v1.SchedulingArgs(
        node_selector=dict(runtime.node_selector), tolerations=[toleration(taint) for taint in runtime.taints]
    )
    return node.v1.RuntimeClassInitArgs(
        metadata=object_metadata(name),
        handler=handler,
        overhead=node.v1.OverheadArgs(pod_fixed=overhead) if overhead else None,
        scheduling=placed if runtime.node_selector or runtime.taints else None,
    )
