"""What other owners make of an object: the pods of a custom resource, and whatever a chart installs."""

from kinds import BUILT_IN_WORKLOAD_GROUPS, Kind

RELEASE = Kind("helm.sh", "Release")
"""What Pulumi has Helm install: its objects exist only in the cluster."""

# Custom resources by which pods are configured, and never made.
_OF_SETTINGS = frozenset(
    {"cert-manager.io", "flagger.app", "keda.sh", "networking.istio.io", "security.istio.io", "telemetry.istio.io"}
)
_SETTINGS = frozenset(
    {
        *(f"gateway.networking.k8s.io/{kind}Route" for kind in ("HTTP", "GRPC", "TLS", "TCP", "UDP")),
        *(f"monitoring.coreos.com/{kind}Monitor" for kind in ("Service", "Pod")),
        *(
            f"monitoring.coreos.com/{kind}"
            for kind in ("AlertmanagerConfig", "Probe", "PrometheusRule", "ScrapeConfig")
        ),
    }
)


def may_make_pods(kind: Kind) -> bool:
    """Whether an operator may make pods of an object of ``kind``, which carries none itself."""
    is_custom = "." in kind.group and (not kind.group.endswith(".k8s.io") or kind.group.startswith("gateway."))
    is_known = kind.group in BUILT_IN_WORKLOAD_GROUPS or kind.group in _OF_SETTINGS or str(kind) in _SETTINGS
    return is_custom and not is_known
