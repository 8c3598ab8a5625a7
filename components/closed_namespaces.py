"""What closes a namespace: Pod Security, and network policies that deny what no other allows."""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import meta, networking

from components.metadata import object_metadata
from components.network_peers import namespace_peer

DEFAULT_DENY = "default-deny"
"""The name of the policy that allows nothing."""

_POD_SECURITY = "pod-security.kubernetes.io"


def restricted() -> Mapping[str, str]:
    """Labels by which the API server enforces Pod Security's restricted profile, and warns and records as well."""
    modes = ("enforce", "audit", "warn")
    levels = {f"{_POD_SECURITY}/{mode}": "restricted" for mode in modes}
    return {**levels, **{f"{_POD_SECURITY}/{mode}-version": "latest" for mode in modes}}


def enforced(level: str) -> Mapping[str, str]:
    """The label by which the API server enforces a profile of Pod Security alone."""
    return {f"{_POD_SECURITY}/enforce": level}


def default_deny(namespace: pulumi.Input[str]) -> networking.v1.NetworkPolicyInitArgs:
    """No traffic in or out, except what another policy of the namespace allows."""
    return networking.v1.NetworkPolicyInitArgs(
        metadata=object_metadata(DEFAULT_DENY, namespace),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=meta.v1.LabelSelectorArgs(), policy_types=["Ingress", "Egress"]
        ),
    )


def to_dns() -> networking.v1.NetworkPolicyEgressRuleArgs:
    """Name look-ups at the cluster's DNS, over UDP and, for long answers, TCP."""
    return networking.v1.NetworkPolicyEgressRuleArgs(
        to=[namespace_peer("kube-system", {"k8s-app": "kube-dns"})],
        ports=[networking.v1.NetworkPolicyPortArgs(protocol=protocol, port=53) for protocol in ("UDP", "TCP")],
    )
